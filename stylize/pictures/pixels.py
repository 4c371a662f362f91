"""Compute sizes to paint at, and convert pixels to PIL images."""

from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 4.0  # longest side of a panorama, as a multiple of `size`


def fitted(shape: tuple[int, int], size: int, square: bool = False) -> tuple[int, int]:
    """(width, height) with a longer side of `size` px and the proportions of `shape`, each at least 1 px; or a square.

    Panoramas of more than 2:1 get the area of one of 2:1, up to LONGEST times `size`: else their shorter side would be
    too short for the style's strokes.
    """
    if square:
        return size, size
    k = size / max(shape) * min(max(1.0, max(shape) / min(shape) / 2) ** 0.5, LONGEST)
    return max(1, round(shape[0] * k)), max(1, round(shape[1] * k))


def from_pixels(pixels: "Tensor") -> Image.Image:
    """The RGB image of (height, width, 3), uint8."""
    return Image.frombytes("RGB", (pixels.shape[1], pixels.shape[0]), pixels.numpy().tobytes())


def keep_colors(painting: Image.Image, content: Image.Image) -> Image.Image:
    """The painting's brightness with the content's colours; both RGB, the content is resized to the painting.

    Gatys et al. 2016, "Preserving color in neural artistic style
    transfer", section 4.
    """
    colors = content.resize(painting.size, Image.Resampling.LANCZOS).convert("YCbCr").split()
    return Image.merge("YCbCr", (painting.convert("YCbCr").getchannel("Y"), *colors[1:])).convert("RGB")
