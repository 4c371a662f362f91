"""Compute sizes to paint at, and convert pixels to PIL images."""

from typing import TYPE_CHECKING

from PIL import Image, ImageFilter, ImageMath

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 4.0  # longest side of a panorama, as a multiple of `size`
LIGHT = 32  # tried: 16 to 64; correlation of 8 px blocks with dark, bright and foggy photos is .98 with it


def fitted(shape: tuple[int, int], size: int, square: bool = False) -> tuple[int, int]:
    """Fit `shape` (width, height) to a longer side of `size` px, keeping its proportions; or make it a square.

    Panoramas of more than 2:1 get the area of one of 2:1, up to LONGEST times `size`: else their shorter side would be
    too short for the style's strokes.
    """
    if square:
        return size, size
    k = size / max(shape) * min(max(1.0, max(shape) / min(shape) / 2) ** 0.5, LONGEST)
    return max(1, round(shape[0] * k)), max(1, round(shape[1] * k))


def from_pixels(pixels: "Tensor") -> Image.Image:
    """Convert (height, width, 3), uint8, to an RGB image."""
    return Image.frombytes("RGB", (pixels.shape[1], pixels.shape[0]), pixels.numpy().tobytes())


def keep_colors(painting: Image.Image, content: Image.Image) -> Image.Image:
    """Give the painting's strokes the content's colours and light; both RGB, the content is resized to the painting.

    Colour is the content's; brightness is the painting's finer than a LIGHT-th of the longer side and the content's
    above, so that a dark, bright or foggy photo stays so. After Gatys et al. 2016, "Preserving color in neural artistic
    style transfer", section 4, which takes all of the painting's brightness.
    """
    blur = ImageFilter.GaussianBlur(max(painting.size) / LIGHT)
    light, *colors = content.resize(painting.size, Image.Resampling.LANCZOS).convert("YCbCr").split()
    strokes = painting.convert("YCbCr").getchannel("Y")
    kept = ImageMath.lambda_eval(
        lambda v: v["convert"](v["strokes"] - v["blurred"] + v["light"], "L"),
        strokes=strokes, blurred=strokes.filter(blur), light=light.filter(blur),
    )  # fmt: skip
    return Image.merge("YCbCr", (kept, *colors)).convert("RGB")
