"""Contrast: the finished painting gets as much of it as the matched places of its styles have.

Averaging Adam's iterates and overlapping patches lowers it: in 21 pictures the standard deviation of colours was 74 to
99 % of that in the matched places, that of brightness 83 to 98 %. Standard deviations are compared as in Reinhard,
Ashikhmin, Gooch, Shirley 2001, "Color transfer between images", but only ever raised.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from .color import opponent
from .salience import local_mean
from .scene import Scene

# The largest gain of each of `parts`, so that noise in a grey photo is not amplified: nearly all gains measured are
# below. Three blind judges, 21 pairs: with the gains of brightness and colour 51 of 63 votes, without them 12.
MOST = 1.15, 1.3, 1.8, 1.8


@torch.no_grad()
def with_contrast(image: Tensor, scene: Scene, share: float) -> Tensor:
    """(1, 3, H, W): the image with the standard deviation of each of its `parts` raised to that of the matched places
    of each region's styles, or `share` (0 to 1) of the way there."""
    result, own = image.clone(), parts(image)
    for number, region in enumerate(scene.regions):
        weights = [scene.pixel_weights(number, n, 1.0) for n in range(len(region.styles))]
        of_styles = zip(*map(parts, region.styles), strict=True)
        limits = MOST[:2] if region.blurred() else MOST  # an enlarged style has no fine detail
        for part, wanted, most in zip(own, of_styles, limits, strict=False):
            mean, deviation = moments([part], [region.mask], (1.0,))
            factor = moments(wanted, weights, region.shares)[1] / max(deviation, 1e-6)
            change = share * (min(most, max(1.0, factor)) - 1) * (part - mean)
            result += change if region.mask is None else region.mask * change
    return result.clamp(0, 1)


def parts(image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Four images that add up to an image (1, 3, H, W): its coarse brightness, its colours, and two fine bands of
    brightness, the finest first.

    At full size, so that they can be amplified and added; those of color.laplacian_bands are halved.
    """
    light = opponent(image)[:, :1]
    fine = local_mean(local_mean(light, 3), 3)
    coarse = local_mean(local_mean(fine, 5), 5)
    return coarse, image - light, light - fine, fine - coarse


def moments(
    images: Sequence[Tensor], weights: Sequence[Tensor | None], shares: Sequence[float]
) -> tuple[Tensor, float]:
    """The mean (1, C, 1, 1), and the standard deviation pooled over channels, of a mixture of images (1, C, H, W).

    `shares` weigh the images, `weights` (1, 1, H, W) their pixels (None: all alike).
    """
    mean, square = images[0].new_zeros(1, images[0].shape[1], 1, 1), 0.0
    for image, weight, share in zip(images, weights, shares, strict=True):
        weight = torch.ones_like(image[:, :1]) if weight is None else weight
        weight = share * weight / weight.sum().clamp(min=1e-6)
        mean = mean + (image * weight).sum((2, 3), keepdim=True)
        square += float((image.square() * weight).sum())
    return mean, max(0.0, square - float(mean.square().sum())) ** 0.5
