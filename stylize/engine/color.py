"""Opponent colours, bands of a Laplacian pyramid, and the axes along which a style's colours vary."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import halved


def opponent(image: Tensor) -> Tensor:
    """(N, 3, H, W) RGB as brightness (Rec. 601), red - brightness, blue - brightness."""
    red, green, blue = image.unbind(1)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([light, red - light, blue - light], 1)


def laplacian_bands(image: Tensor, levels: int) -> list[Tensor]:
    """The finest bands of a Laplacian pyramid, (N, C, H / 2^k, W / 2^k): each pixel less the mean of its four
    neighbours, the image reflected at its border. Burt & Adelson 1983."""
    bands = []
    for level in range(levels):
        if min(image.shape[2:]) < (2 if level == 0 else 8):  # too small to have the band
            break
        p = F.pad(image, (1, 1, 1, 1), mode="reflect")
        around = p[:, :, :-2, 1:-1] + p[:, :, 2:, 1:-1] + p[:, :, 1:-1, :-2] + p[:, :, 1:-1, 2:]
        bands.append(image - around / 4)
        image = halved(image) if level + 1 < levels else image
    return bands


@dataclass(frozen=True)
class ColorAxes:
    """The principal directions of the colours in a style's fine detail, and how much of it lies along each.

    Most is brightness, and little or none are hues that the style lacks. A picture painted along these axes has no
    coloured noise. Decorrelated colours: Olah, Mordvintsev, Schubert 2017, "Feature visualization".
    """

    axes: Tensor  # (3, 3): RGB directions of length 1 in columns
    spread: Tensor  # (3,): standard deviation along each, over the largest; at least LEAST_SPREAD

    def of(self, image: Tensor) -> Tensor:
        """(1, 3, H, W) RGB along the axes."""
        return F.conv2d(image, self.axes.T[:, :, None, None])

    def to_rgb(self, values: Tensor, power: float = 1.0) -> Tensor:
        """RGB of (1, 3, H, W) along the axes, each times its spread to a power."""
        return F.conv2d(values, (self.axes * self.spread**power)[:, :, None, None])


LEAST_WAY = 0.1  # distance of mean colours above which their direction counts fully; pixels are in [0, 1]
LEAST_SPREAD = 0.05  # of an axis; at 0 the photo's own hues could not leave


def color_axes(styles: list[tuple[Tensor, float]], photo: Tensor) -> ColorAxes | None:
    """The axes of styles (1, 3, H, W) with their shares, and of a photo (1, 3, H, W); None if styles have no detail.

    The difference of the mean colours counts too, since a style may be of one hue.
    """
    covariance, bands = photo.new_zeros(3, 3), 0
    for style, share in styles:
        way = (style.mean((2, 3)) - photo.mean((2, 3))).T
        covariance += share * (way @ way.T) / (way.square().mean() + LEAST_WAY**2)
        for band in laplacian_bands(style, 2):
            pixels = band[0].flatten(1)
            covariance += share * (pixels @ pixels.T) / pixels.square().mean().clamp(min=1e-9) / pixels.shape[1]
            bands += bool(pixels.square().mean() > 1e-9)
    values, axes = torch.linalg.eigh(covariance)
    if not bands:
        return None
    return ColorAxes(axes.contiguous(), (values.clamp(min=0) / values[-1]).sqrt().clamp(min=LEAST_SPREAD))
