"""A visitor's inputs: paths of uploaded pictures, a crop, brush strokes. They are opened when they are painted."""

import base64
import io
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageChops

from stylize import Settings, StylizeError
from stylize.pictures import sandbox

from ..guard.paths import checked

BRUSHED_SIDE = 1024  # px, longest side of the picture of brush strokes; the page sends 384
BRUSHED_BYTES = 200_000  # largest PNG of it, in base64
USES = ("only", "not")  # what is brushed: the only part to paint, or the part not to paint
Crop = tuple[float, float, float, float]  # left, top, right, bottom, as parts of the photo's width and height


@dataclass(frozen=True)
class Region:
    """A crop of the photo, and the part of it that is painted."""

    crop: Crop | None = None
    brushed: bytes = field(default=b"", repr=False)  # a PNG over the whole photo; opaque where it was brushed
    use: str = "not"

    @property
    def smaller_side(self) -> float:
        """The smaller of the parts of width and height that the crop leaves, at least 0.1."""
        left, top, right, bottom = self.crop or (0, 0, 1, 1)
        return max(0.1, min(right - left, bottom - top))

    @property
    def text(self) -> str:
        """As the page's canvas has it, see `region_of`."""
        if not (self.crop or self.brushed):
            return ""
        return json.dumps({"crop": self.crop, "strokes": base64.b64encode(self.brushed).decode()})

    def cropped(self, photo: Image.Image) -> Image.Image:
        if self.crop is None:
            return photo
        left, top, right, bottom = self.crop
        x, y = min(round(left * photo.width), photo.width - 1), min(round(top * photo.height), photo.height - 1)
        return photo.crop((x, y, max(round(right * photo.width), x + 1), max(round(bottom * photo.height), y + 1)))

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
        mask = mask_of(alpha, size, inverted=self.use == "not")
        return mask and self.cropped(mask)


def region_of(text: str | None, use: str) -> Region:
    """From the JSON of the page's canvas: {"crop": [left, top, right, bottom], "strokes": base64 of a PNG}, or "".

    Raises StylizeError for anything else.
    """
    try:
        canvas = json.loads(text or "{}")
        crop = canvas.get("crop")
        if crop is not None:
            left, top, right, bottom = (float(v) for v in crop)
            if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
                raise ValueError
            crop = left, top, right, bottom
        brushed = str(canvas.get("strokes") or "")
        if len(brushed) > BRUSHED_BYTES or use not in USES:
            raise ValueError
        return Region(crop, base64.b64decode(brushed, validate=True), use)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        raise StylizeError("The crop or the brushed picture cannot be read; clear both and begin again.") from None


@dataclass(frozen=True)
class Inputs:
    """Paths of the pictures of one painting; no pixels. Raises StylizeError where one of the two is missing."""

    content: str
    style: str
    second: str | None = None
    mix: float = 0.0  # share of the second style
    region: Region = Region()

    def __post_init__(self) -> None:
        if not self.content or not self.style:
            raise StylizeError("Choose two pictures first: a photo and a painting.")

    @property
    def name(self) -> str:
        """For file names: photo-painting."""
        return "-".join(_stem(path) for path in (self.content, self.style))

    def open(self, settings: Settings) -> tuple[Image.Image, list[tuple[Image.Image, float]], Image.Image | None]:
        """The cropped photo, the styles with their weights, and the mask, reduced to what the painting needs."""
        whole = sandbox.open_untrusted(checked(self.content), round(2 * settings.size / self.region.smaller_side))
        mask = self.region.mask(whole.size)
        side = round(2 * settings.size * max(1.0, settings.style_scale))
        weights = ((self.style, 1 - self.mix), (self.second, self.mix)) if self.second else ((self.style, 1.0),)
        used = [(checked(path), weight) for path, weight in weights if path and weight > 0]
        styles = [(sandbox.open_untrusted(path, side), weight) for path, weight in used]
        return self.region.cropped(whole), styles, mask


def shape(path: str, region: Region) -> tuple[int, int]:
    """(width, height) of the photo as cropped, without decoding it."""
    width, height = sandbox.shape_untrusted(checked(path))
    if region.crop is None:
        return width, height
    left, top, right, bottom = region.crop
    return max(1, round(width * (right - left))), max(1, round(height * (bottom - top)))


def _stem(path: str) -> str:
    name = re.sub(r"^(content|style)_", "", Path(path).stem)  # of the examples
    return re.sub(r"\W+", "_", name).strip("_")[:40] or "picture"


def mask_of(brushed: Image.Image, size: tuple[int, int], inverted: bool) -> Image.Image | None:
    """A mask of `size` (width, height) from brush strokes, both of mode L: white where they are, or where they are not.

    None where nothing was brushed.
    """
    mask = brushed.resize(size, Image.Resampling.BILINEAR)
    if not mask.getbbox():
        return None
    return ImageChops.invert(mask) if inverted else mask
