"""PIL images of any mode to upright 8-bit RGB, or to masks."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageChops, ImageCms, ImageOps

from ..errors import StylizeError, quoted

if TYPE_CHECKING:
    from torch import Tensor

BEYOND = 3e38  # near the largest float32: stands for infinity
UNSIGNED, SIGNED = (1,), (2,)  # a TIFF's SampleFormat, where it has one channel


def to_rgb(image: Image.Image) -> Image.Image:
    """Any PIL image as 8-bit sRGB, upright, transparency composited on white. Raises StylizeError."""
    with _loaded(image):
        profile = image.info.get("icc_profile")
        image = _eight_bits(_upright(image), _sample_format(image))
        opacity = image.getchannel("A") if image.mode == "RGBA" else None
        if image.mode in ("P", "RGBA"):
            image = image.convert("RGB")
        if profile and image.mode in ("RGB", "CMYK", "L", "LAB"):
            with suppress(ImageCms.PyCMSError, OSError):  # broken profiles are common: then it is taken as sRGB
                source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
                converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
                image = converted or image
        image = image.convert("RGB")
        return Image.composite(image, Image.new("RGB", image.size, "white"), opacity) if opacity else image


def to_mask(image: Image.Image) -> Image.Image:
    """Any PIL image as a mask, mode L: brightness times opacity; of 0 and 1 alone, 1 is white.

    Raises:
        StylizeError: it cannot be read, or is black all over.
    """
    with _loaded(image):
        image = _eight_bits(_upright(image), _sample_format(image))
        mask = image.convert("RGB").convert("L")
        if image.mode == "RGBA":
            mask = ImageChops.multiply(mask, image.getchannel("A"))
        brightest = int(mask.getextrema()[1])  # type: ignore[arg-type]
        if brightest == 1:
            mask = mask.point(lambda value: value * 255)
        elif brightest < 8:  # a thirtieth of white changes nothing that can be seen
            raise StylizeError("The mask is black all over, which leaves nothing to paint; leave some of it white.")
        return mask


@contextmanager
def _loaded(image: Any) -> Iterator[None]:
    """Checks and loads the image; turns whatever Pillow raises for it into StylizeError."""
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
    with suppress(Exception):  # broken EXIF: it is taken as upright
        return ImageOps.exif_transpose(image)
    return image


def _sample_format(image: Image.Image) -> Any:
    """What a TIFF's values are, None if not told: of UNSIGNED ones Pillow reads those above 2^31 as negative."""
    return getattr(image, "tag_v2", {}).get(339)


def _eight_bits(image: Image.Image, sample_format: Any) -> Image.Image:
    """In a mode with 8 bits a channel; RGBA where it has transparency."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image, sample_format)
    if image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    return image.convert("RGBA") if image.has_transparency_data else image


def _from_deep(image: Image.Image, sample_format: Any) -> Image.Image:
    """Integers of 16 bits and more, and floats, as mode L, or RGBA where a colour key marks transparent pixels.

    White is the largest value of 8, 10, 12 or 16 bits (1 for floats from 0 to 1) that the image's own values need.
    """
    import torch  # takes two seconds to load, and few pictures need it

    unsigned = sample_format == UNSIGNED
    high = max(float(values.amax()) for values in _strips(image, unsigned))
    sixteen = 32767 if sample_format == SIGNED else 65535
    steps: tuple[int, ...] = (1, 255, 1023, 4095, sixteen)  # of 8, 10, 12 and 16 bits, in whatever holds them
    most = high
    if image.mode == "F":  # a few values may be brighter than white
        stride = 1 + image.width * image.height // 10**6
        some = torch.cat([values[::stride] for values in _strips(image, unsigned)])
        high = torch.cat([some[some < BEYOND], torch.ones(1)]).quantile(0.99).item()
        steps, most = (1, 255, 65535), high / 2
    top = next((step for step in steps if most <= step), high)
    grey = [(values.clamp(0, top) * (255 / top)).round().to(torch.uint8) for values in _strips(image, unsigned)]
    eight = Image.frombytes("L", image.size, torch.cat(grey).numpy().tobytes())
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return eight
    opaque = [(values != key).to(torch.uint8) * 255 for values in _strips(image, unsigned)]
    eight = eight.convert("RGBA")
    eight.putalpha(Image.frombytes("L", image.size, torch.cat(opaque).numpy().tobytes()))
    return eight


def _strips(image: Image.Image, unsigned: bool, rows: int = 256) -> Iterator["Tensor"]:
    """The values of `rows` rows at a time, float32 (n,); 0 for nan, BEYOND for infinity."""
    import torch

    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height))).convert("F")
        values = torch.frombuffer(bytearray(strip.tobytes()), dtype=torch.float32)
        if image.mode == "I" and unsigned:
            values = torch.where(values < 0, values + 2.0**32, values)
        yield values.nan_to_num(0.0, BEYOND, -BEYOND)
