"""Salience: which places of the photo are full of contrast and unlike the rest (eyes, a mouth), to hold them."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .color import opponent
from .networks import Network

SIDE = 192  # px, longer side at which it is computed
LAYER = "conv3_1"
NEAR = 4  # cells, of 8 px, around a place that are not compared with it
WINDOW = 13  # px, side of the area over which contrast is measured
ALIKE = 20  # a place is compared with the most similar one in so many


@torch.no_grad()
def salience(network: Network, photo: Tensor) -> Tensor:
    """(1, 1, h, w) in [0, 1]: local contrast times uniqueness, at SIDE px or less.

    Fur, leaves and bricks have many places like them elsewhere in the photo; an eye has not. After Goferman,
    Zelnik-Manor, Tal 2010, "Context-aware saliency detection".
    """
    factor = min(1.0, SIDE / max(photo.shape[2:]))
    size = tuple(max(1, round(side * factor)) for side in photo.shape[2:])
    small = F.interpolate(photo, size=size, mode="bilinear", antialias=True)
    f = network(small.to(next(network.parameters()).dtype), (LAYER,), 8)[LAYER].float()
    f = F.avg_pool2d(f, 2) if min(f.shape[2:]) > 1 else f
    rows = f[0].flatten(1).T
    rows = F.normalize(rows - rows.mean(0), dim=1)
    height, width = f.shape[2:]
    y, x = torch.arange(height, device=f.device), torch.arange(width, device=f.device)
    y, x = y.repeat_interleave(width), x.repeat(height)
    near = (y[:, None] - y).square() + (x[:, None] - x).square() <= NEAR**2
    alike = (rows @ rows.T).masked_fill(near, -1).topk(max(1, len(rows) // ALIKE), 1).values.mean(1)
    unique = ((alike.mean() + alike.std() - alike) / (2 * alike.std()).clamp(min=1e-6)).clamp(0, 1)
    contrast = F.adaptive_avg_pool2d(local_contrast(small), (height, width))
    return contrast * unique.view(1, 1, height, width)


def local_contrast(photo: Tensor) -> Tensor:
    """(1, 1, H, W) in [0, 1]: the standard deviation of brightness over WINDOW px, over twice its mean."""
    spread = local_spread(opponent(photo)[:, :1])[1]
    return (spread / (2 * spread.mean()).clamp(min=1e-6)).clamp(0, 1)


def local_spread(light: Tensor) -> tuple[Tensor, Tensor]:
    """The mean and standard deviation of brightness, (1, 1, H, W) each, over WINDOW px around each pixel."""
    mean = local_mean(light, WINDOW)
    return mean, local_mean((light - mean).square(), WINDOW).clamp(min=0).sqrt()


def local_mean(x: Tensor, side: int) -> Tensor:
    """The mean over `side` px around each pixel, the map reflected at its border; itself if it is too small."""
    half = side // 2
    return x if min(x.shape[2:]) <= half else F.avg_pool2d(F.pad(x, (half,) * 4, mode="reflect"), side, 1)
