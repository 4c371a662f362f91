"""The losses: pure functions of features and their targets. Nothing here keeps state."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import halved
from .transport import transported

TILE = 128  # positions whose products are summed in the features' own precision
TILED = 8192  # positions from which that is exact enough, errors of many tiles averaging out


def _rows(features: Tensor) -> Tensor:
    """(N, C, H, W) as (N, HW, C), without a copy where they are channels_last."""
    return features.flatten(2).transpose(1, 2)


def _products(rows: Tensor) -> Tensor:
    """F^T F of (N, HW, C), float32. A bfloat16 product of all positions would round the sum to 3 digits, which the
    network's metric then magnifies; summed in tiles it keeps one more, at a fifth of the time of float32."""
    n, positions, channels = rows.shape
    if rows.dtype == torch.float32 or positions < TILED:
        rows = rows.float()
        return rows.transpose(1, 2) @ rows
    whole = positions // TILE * TILE
    tiles = rows[:, :whole].reshape(-1, TILE, channels)
    rest = rows[:, whole:].float()
    sums = (tiles.transpose(1, 2) @ tiles).view(n, -1, channels, channels).sum(1, dtype=torch.float32)
    return sums + rest.transpose(1, 2) @ rest


def gram(features: Tensor) -> Tensor:
    """The raw Gram matrix F F^T of (N, C, H, W) features: (N, C, C), float32, divided by nothing.

    Gatys, Ecker, Bethge 2015, "A Neural Algorithm of Artistic Style", equation 3.
    """
    return _products(_rows(features))


def _measured(gram: Tensor, metric: Tensor | None, scale: float) -> Tensor:
    """(N, C, C): s M G M."""
    return gram * scale if metric is None else metric @ (gram * scale) @ metric


class _GramError(torch.autograd.Function):
    """With its gradient at hand: autograd's own would take two large products and their sum in place of one, and
    some thirty small steps, together a tenth of lite's time."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor, metric: Tensor | None, scale: float) -> Tensor:
        miss = _measured(_products(_rows(features)), metric, scale) - target
        ctx.save_for_backward(features, _measured(4 * miss, metric, scale))
        return miss.square().sum()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        features, slope = ctx.saved_tensors
        rows = _rows(features) @ (grad * slope).to(features.dtype)
        return rows.transpose(1, 2).view_as(features), None, None, None


def gram_error(features: Tensor, target: Tensor, metric: Tensor | None = None, scale: float = 1.0) -> Tensor:
    """|s M F F^T M - T|^2 of (N, C, H, W) features and an (N, C, C) target; the metric M is (C, C) and symmetric."""
    return _GramError.apply(features, target, metric, scale)


def gram_miss(gram: Tensor, target: Tensor, metric: Tensor | None = None, scale: float = 1.0) -> Tensor:
    """gram_error of an (N, C, C) Gram matrix that is known already."""
    return (_measured(gram, metric, scale) - target).square().sum()


def squared_error(value: Tensor, target: Tensor) -> Tensor:
    """The mean squared error, of features (equation 1 of Gatys et al. up to its factor) or Gram matrices."""
    return (value.float() - target.float()).square().mean()


def feature_error(features: Tensor, target: Tensor, metric: Tensor | None = None, scale: float = 1.0) -> Tensor:
    """s |M (F - T)|^2 of two (N, C, H, W) features; the metric M is (C, C)."""
    miss = features - target
    if metric is not None:
        miss = torch.einsum("cd,ndhw->nchw", metric.to(miss.dtype), miss)
    return scale * miss.float().square().sum()


def neighbor_error(columns: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """The mean of 1 - cosine between (P, C) feature columns and their matches, (P, C) of length 1 (or 0: no match).

    `weights` (P,) say how much each position counts. Kolkin, Kucera, Paris, Sykora, Shechtman, Shakhnarovich 2022,
    "Neural neighbor style transfer", equation 1.
    """
    errors = 1 - (columns * targets).sum(1) * (columns.square().sum(1) + 1e-8).rsqrt()
    return errors.mean() if weights is None else (errors * weights).sum() / weights.sum().clamp(min=1e-6)


def transport_error(values: Tensor, target: Tensor, variance: Tensor) -> Tensor:
    """The mean squared distance of (R, N) values to their places among a target's quantiles, over its variance (R, 1).

    The squared Wasserstein-2 distance of each row. With rows that are projections on several directions this is the
    sliced distance: Pitie, Kokaram, Dahyot 2007, "Automated colour grading using colour distribution transfer"; as a
    loss, Heitz et al. 2021, "A sliced Wasserstein loss for neural texture synthesis".
    """
    return ((values - transported(values, target)).square() / variance).mean()


def opponent(image: Tensor) -> Tensor:
    """(N, 3, H, W) RGB as brightness (Rec. 601), red - brightness, blue - brightness."""
    red, green, blue = image.unbind(1)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([light, red - light, blue - light], 1)


def laplacian_bands(image: Tensor, levels: int) -> list[Tensor]:
    """The finest bands of a Laplacian pyramid, (N, C, H / 2^k, W / 2^k): each pixel less the mean of its four
    neighbours, the image mirrored at its border. Burt & Adelson 1983."""
    bands = []
    for level in range(levels):
        if min(image.shape[2:]) < (2 if level == 0 else 8):  # too small to have the band
            break
        p = F.pad(image, (1, 1, 1, 1), mode="reflect")
        around = p[:, :, :-2, 1:-1] + p[:, :, 2:, 1:-1] + p[:, :, 1:-1, :-2] + p[:, :, 1:-1, 2:]
        bands.append(image - around / 4)
        image = halved(image) if level + 1 < levels else image
    return bands


class _TotalVariation(torch.autograd.Function):
    """Twice as fast as what autograd makes of slices."""

    @staticmethod
    def forward(ctx: Any, image: Tensor) -> Tensor:
        ctx.differences = {dim: image.diff(dim=dim) for dim in (2, 3) if image.shape[dim] > 1}
        ctx.shape = image.shape
        total = image.new_zeros(())
        for dim, d in ctx.differences.items():
            # The image is mirrored around its border: a pixel there has the same neighbour on both sides.
            total += (d.square().sum() + sum(d.select(dim, end).square().sum() for end in (0, -1))) / d.numel()
        return total

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        slope = grad.new_zeros(ctx.shape)
        for dim, d in ctx.differences.items():
            factor = grad * (2 / d.numel())
            part = d * factor
            for end in (0, -1):
                part.select(dim, end).add_(d.select(dim, end) * factor)
            slope.narrow(dim, 1, d.shape[dim]).add_(part)
            slope.narrow(dim, 0, d.shape[dim]).sub_(part)
        return slope


def total_variation(image: Tensor) -> Tensor:
    """Total variation of (N, 3, H, W) pixels: the mean squared difference between neighbours.

    The squared form of Mahendran & Vedaldi 2015, as Johnson's neural-style has it; at the border, as everywhere, a
    pixel has neighbours on all sides, since the image is mirrored there.
    """
    return _TotalVariation.apply(image)
