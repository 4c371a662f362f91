"""A painting's inputs: paths of uploaded pictures, crops, brush strokes; decoded when it is painted."""

import base64
import io
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageChops, ImageFilter

from stylize import Settings, StylizeError
from stylize.pictures import sandbox

from ..guard.paths import checked
from ..texts.i18n import FALLBACK, name_of

BRUSHED_SIDE = 1024  # px, longest side of the picture of brush strokes; the page sends 384
BRUSHED_BYTES = 200_000  # largest PNG of it, in base64
SOFT = 100  # brush strokes are blurred: the radius is the longer side divided by this
USES = ("not", "only", "second")  # what is brushed stays a photo, is all that is painted, takes the second style
Crop = tuple[float, float, float, float]  # left, top, right, bottom, as parts of the photo's width and height


@dataclass(frozen=True)
class Region:
    """The crop and brush strokes on the photo, and the crop of the style."""

    crop: Crop | None = None
    brushed: bytes = field(default=b"", repr=False)  # a PNG over the whole photo; opaque where it was brushed
    use: str = "not"
    style_crop: Crop | None = None

    @property
    def takes_second(self) -> bool:
        """Whether the brushed part takes the second style."""
        return self.use == "second" and bool(self.brushed)

    @property
    def text(self) -> str:
        """As JSON, see `region_of`."""
        if not (self.crop or self.brushed or self.style_crop):
            return ""
        strokes = base64.b64encode(self.brushed).decode()
        return json.dumps({"crop": self.crop, "strokes": strokes, "use": self.use, "style_crop": self.style_crop})

    def mask(self, size: tuple[int, int]) -> Image.Image | None:
        """White where the style goes (mode L), for a photo of `size`, cropped as it; None where nothing was brushed."""
        if not self.brushed:
            return None
        try:
            with Image.open(io.BytesIO(self.brushed), formats=("PNG",)) as image:
                if max(image.size) > BRUSHED_SIDE:
                    raise StylizeError("The brushed picture is larger than the page makes it; brush again.")
                alpha = image.convert("RGBA").getchannel("A")
        except StylizeError:
            raise
        except Exception:  # a decoder may raise anything
            raise StylizeError("The brushed picture cannot be read; brush again.") from None
        alpha = alpha.filter(ImageFilter.GaussianBlur(max(alpha.size) / SOFT))
        mask = alpha.resize(size, Image.Resampling.BILINEAR)
        if not mask.getbbox():
            return None
        return cropped(ImageChops.invert(mask) if self.use == "not" else mask, self.crop)


def smaller_side(crop: Crop | None) -> float:
    """The smaller of a crop's relative width and height, at least 0.1."""
    left, top, right, bottom = crop or (0, 0, 1, 1)
    return max(0.1, min(right - left, bottom - top))


def cropped(picture: Image.Image, crop: Crop | None) -> Image.Image:
    """Crop a picture, to one pixel at least."""
    if crop is None:
        return picture
    left, top, right, bottom = crop
    x, y = min(round(left * picture.width), picture.width - 1), min(round(top * picture.height), picture.height - 1)
    return picture.crop((x, y, max(round(right * picture.width), x + 1), max(round(bottom * picture.height), y + 1)))


def region_of(text: str | None) -> Region:
    """Parse the JSON of the page's editor; "" means no crop and no strokes.

    {"crop": [left, top, right, bottom], "strokes": base64 of a PNG, "use": one of USES, "style_crop": as crop}.
    Raises StylizeError for anything else.
    """
    try:
        drawn = json.loads(text or "{}")
        strokes, use = str(drawn.get("strokes") or ""), drawn.get("use") or "not"
        if len(strokes) > BRUSHED_BYTES or use not in USES:
            raise ValueError
        crops = [_crop_of(drawn.get(name)) for name in ("crop", "style_crop")]
        return Region(crops[0], base64.b64decode(strokes, validate=True), use, crops[1])
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise StylizeError("The crop or the brushed picture cannot be read; clear both and begin again.") from None


def _crop_of(sides: Any) -> Crop | None:
    if sides is None:
        return None
    left, top, right, bottom = (float(value) for value in sides)
    if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise ValueError
    return left, top, right, bottom


class NoSecondStyleError(StylizeError):
    """The brushed part is to take the second style, and there is none; the notice offers to choose one."""


NO_SECOND_STYLE = NoSecondStyleError("The brushed part is to take the second style; choose one.")


class Opened(NamedTuple):
    """The pictures of a painting, as `stylize` takes them."""

    photo: Image.Image
    styles: list[tuple[Image.Image, float]]
    mask: Image.Image | None
    masks: list[Image.Image | None] | None  # one for each style
    notes: list[StylizeError]  # what was done to a picture and may surprise


@dataclass(frozen=True)
class Inputs:
    """Paths of the pictures of one painting; no pixels. Raises StylizeError where one of the two is missing."""

    content: str
    style: str
    second: str | None = None
    mix: float = 0.0  # share of the second style
    region: Region = Region()
    language: str = FALLBACK  # of the name

    def __post_init__(self) -> None:
        if not self.content or not self.style:
            raise StylizeError("Choose two pictures first: a photo and a painting.")

    @property
    def name(self) -> str:
        """A base name for files: photo-painting."""
        return "-".join(_stem(self.language, path) for path in (self.content, *self.styles))

    @property
    def shown(self) -> tuple[str, str, str | None, Region]:
        """Photo, styles and crops, to compare with those on the page; see `Visit.differs`."""
        return self.content, self.style, self.second, self.region

    @property
    def styles(self) -> list[str]:
        """Paths of the styles that take part: by their weights, or in the brushed part."""
        if self.second and self.region.takes_second:
            return [self.style, self.second]
        mix = self.mix if self.second else 0
        return [path for path, weight in ((self.style, 1 - mix), (self.second, mix)) if path and weight > 0]

    def photo(self, settings: Settings) -> Image.Image:
        """Decode the photo, as cropped, reduced to the size that the painting needs."""
        return cropped(self._whole(settings), self.region.crop)

    def _whole(self, settings: Settings) -> Image.Image:
        return _decoded(checked(self.content), round(2 * settings.size / smaller_side(self.region.crop)))

    def open(self, settings: Settings) -> Opened:
        """Decode the pictures, reduced to the size that the painting needs."""
        crop, style_crop = self.region.crop, self.region.style_crop
        whole = self._whole(settings)
        notes = list(whole.info["notes"])
        mask = self.region.mask(whole.size)
        side = 2 * settings.size * max(1.0, settings.style_scale)
        first = _decoded(checked(self.style), round(side / smaller_side(style_crop)))
        notes += first.info["notes"]
        styles = [(cropped(first, style_crop), 1 - self.mix if self.second else 1.0)]
        if self.second:
            second = _decoded(checked(self.second), round(side))
            notes += second.info["notes"]
            styles.append((second, self.mix))
        if mask and self.region.use == "second":
            if not self.second:
                raise NO_SECOND_STYLE
            return Opened(cropped(whole, crop), [(style, 0.5) for style, _ in styles], None, [None, mask], notes)
        styles = [(style, weight) for style, weight in styles if weight > 0]
        return Opened(cropped(whole, crop), styles, mask, None, notes)


@lru_cache(maxsize=2)
def _decoded(path: Path, side: int) -> Image.Image:
    """Decode a picture, which callers must not change. Cached, since variations open the same photo again."""
    return sandbox.open_untrusted(path, side)


def shape(path: str, region: Region) -> tuple[int, int]:
    """(width, height) of the photo as cropped."""
    width, height = sandbox.shape_untrusted(checked(path))
    if region.crop is None:
        return width, height
    left, top, right, bottom = region.crop
    return max(1, round(width * (right - left))), max(1, round(height * (bottom - top)))


def _stem(language: str, path: str) -> str:
    return re.sub(r"\W+", "_", name_of(language, path).lower()).strip("_") or "picture"
