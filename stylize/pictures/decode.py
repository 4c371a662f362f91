"""Convert PIL images of any mode to upright 8-bit RGB, or to masks. The caller's image is never changed."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from PIL import Image, ImageChops, ImageCms, ImageOps, ImageStat

from ..errors import StylizeError, quoted
from . import hdr

DARK = (32, 32, 32)  # background of white drawings
MASK_LEVEL, MASK_SHARE = 32, 1 / 5000  # least brightness, of 255, and white share of a mask that selects anything
WHITES = (1, 255, 1023, 4095, 65535)  # largest values of the depths that pictures have
PROFILE_MODES = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}  # colour spaces of ICC profiles


def to_rgb(image: Image.Image, side: int | None = None) -> Image.Image:
    """Make a new 8-bit sRGB image: upright, transparency on white, or on dark where all that is seen is white.

    It is reduced to an area of `side` x `side` px at most. `info["notes"]` is a list of sentences that the user should
    read, as StylizeErrors that are not raised, so that they can be translated; info holds nothing else.

    Raises StylizeError if it is no image, is damaged, or of a mode that Pillow cannot convert.
    """
    with _readable(image):
        info, notes = image.info, list[StylizeError]()
        picture = _upright(_reduced(_eight_bits(image), side))
        opacity = picture.getchannel("A") if picture.mode in ("LA", "RGBA") else None
        if opacity:
            picture = picture.convert(picture.mode[:-1])
        picture = hdr.tone_map(picture, info.get("nclx_profile")) or _to_srgb(picture, info.get("icc_profile"))
        if picture.mode != "RGB" or picture is image:
            picture = picture.convert("RGB")
        if opacity:
            dark = _is_white(picture, opacity)
            ground = Image.new("RGB", picture.size, DARK if dark else "white")
            ground.paste(picture, mask=opacity)
            picture = ground
            if dark:
                notes.append(StylizeError("The picture is white on transparency, so it was put on a dark background."))
        picture.info = {"notes": notes}
        return picture


def to_mask(image: Image.Image, side: int | None = None) -> Image.Image:
    """Make a mask, mode L: brightness times opacity; where there is nothing above 1, 1 is white. Reduced as in to_rgb.

    Raises StylizeError if it cannot be read, or selects next to nothing.
    """
    with _readable(image):
        image = _upright(_eight_bits(image))
        mask = image.convert("RGB").convert("L")
        if mask.getextrema()[1] == 1:
            mask = mask.point(lambda value: value * 255)
        if image.mode in ("LA", "RGBA"):
            mask = ImageChops.multiply(mask, image.getchannel("A"))
        seen = ImageStat.Stat(mask)
        brightest, share = seen.extrema[0][1], seen.mean[0] / 255
        mask = _reduced(mask, side)
        mask.info = {}
    if brightest < MASK_LEVEL or share < MASK_SHARE:
        raise StylizeError(
            "The mask leaves next to nothing to paint: its brightest value is {brightest} of 255, and {percent} % of "
            "it is white; make white what is to be painted.",
            brightest=brightest,
            percent=f"{100 * share:.2g}",
        )
    return mask


@contextmanager
def _readable(image: Any) -> Iterator[None]:
    """Check and load the image; turn whatever Pillow raises for it into StylizeError."""
    if not isinstance(image, Image.Image):
        raise StylizeError("{value} is not a picture; give a PIL image.", value=quoted(image))
    if not image.width or not image.height:
        raise StylizeError("The picture has no pixels; choose another.")
    try:
        image.load()
        yield
    except (StylizeError, MemoryError):
        raise
    except Exception:
        raise StylizeError(
            "The picture is closed, damaged or of an odd kind; open it again, or save it anew."
        ) from None


def _upright(image: Image.Image) -> Image.Image:
    with suppress(Exception):  # broken EXIF: keep the picture as it is
        if image.getexif().get(0x0112, 1) != 1:
            return ImageOps.exif_transpose(image)
    return image  # without a copy, which can be 200 MB


def _reduced(image: Image.Image, side: int | None) -> Image.Image:
    k = side / math.sqrt(image.width * image.height) if side else 1.0
    if k >= 1:
        return image
    size = max(1, round(k * image.width)), max(1, round(k * image.height))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Convert to mode L, LA, RGB, RGBA or CMYK; it may be the same image."""
    if image.mode[0] in "IF":
        return _from_deep(image)
    grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        wanted = "LA" if grey else "RGBA"
    else:
        wanted = "L" if grey else "CMYK" if image.mode == "CMYK" else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def _from_deep(image: Image.Image) -> Image.Image:
    """Convert integers above 8 bits, and floats, to mode L; white is the least of WHITES that no value exceeds."""
    values = image.convert("F")
    highest = float(values.getextrema()[1])  # type: ignore[arg-type]
    white = next((white for white in WHITES if highest <= white), highest)
    grey = values.point(lambda value: value * (255 / white) + 0.5).convert("L")
    grey.info.pop("transparency", None)  # a value of 16 bits
    return grey


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the colours of an ICC profile; ignore one that is broken or does not fit the image."""
    with suppress(ImageCms.PyCMSError, OSError):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile or b""))
        mode = PROFILE_MODES.get(source.profile.xcolor_space.strip(), "")
        grey_as_rgb = mode == "L" and image.mode == "RGB" and _is_grey(image)
        if mode == image.mode or (mode == "RGB" and image.mode == "L") or grey_as_rgb:
            image = image if image.mode == mode else image.convert(mode)
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    return image


def _is_grey(image: Image.Image) -> bool:
    return all(110 <= value <= 146 for band in image.convert("YCbCr").getextrema()[1:] for value in band)  # type: ignore


def _is_white(image: Image.Image, opacity: Image.Image) -> bool:
    """Return whether nearly all that can be seen is nearly white: on white, nothing of it would be left."""
    seen = image.convert("L").histogram(opacity.point(lambda value: 255 * (value > 127)))
    return sum(seen) > 0 and sum(seen[230:]) > 0.98 * sum(seen) and opacity.histogram()[0] > 0
