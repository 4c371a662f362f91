"""The losses: pure functions of features and their targets. Nothing here keeps state."""

from typing import Any

import torch
from torch import Tensor

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


class _GramError(torch.autograd.Function):
    """With its gradient at hand: autograd's own would take two large products and their sum in place of one, and
    some thirty small steps, together a tenth of lite's time."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor, metric: Tensor | None, scale: float) -> Tensor:
        def measured(g: Tensor) -> Tensor:
            return g * scale if metric is None else metric @ (g * scale) @ metric

        miss = measured(_products(_rows(features))) - target
        ctx.save_for_backward(features, measured(4 * miss))
        return miss.square().sum()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        features, slope = ctx.saved_tensors
        rows = _rows(features) @ (grad * slope).to(features.dtype)
        return rows.transpose(1, 2).view_as(features), None, None, None


def gram_error(features: Tensor, target: Tensor, metric: Tensor | None = None, scale: float = 1.0) -> Tensor:
    """|s M F F^T M - T|^2 of (N, C, H, W) features and an (N, C, C) target; the metric M is (C, C) and symmetric."""
    return _GramError.apply(features, target, metric, scale)


def squared_error(value: Tensor, target: Tensor) -> Tensor:
    """The mean squared error, of features (equation 1 of Gatys et al. up to its factor) or Gram matrices."""
    return (value.float() - target.float()).square().mean()


def feature_error(features: Tensor, target: Tensor, metric: Tensor | None = None, scale: float = 1.0) -> Tensor:
    """s |M (F - T)|^2 of two (N, C, H, W) features; the metric M is (C, C)."""
    miss = features - target
    if metric is not None:
        miss = torch.einsum("cd,ndhw->nchw", metric.to(miss.dtype), miss)
    return scale * miss.float().square().sum()


class _TotalVariation(torch.autograd.Function):
    """Twice as fast as what autograd makes of slices."""

    @staticmethod
    def forward(ctx: Any, image: Tensor) -> Tensor:
        differences = [image.diff(dim=dim) for dim in (2, 3) if image.shape[dim] > 1]
        ctx.save_for_backward(*differences)
        ctx.shape = image.shape
        return sum((d.square().mean() for d in differences), start=image.new_zeros(()))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        slope = grad.new_zeros(ctx.shape)
        for d in ctx.saved_tensors:
            dim = 2 if d.shape[2] < ctx.shape[2] else 3
            part = d * (grad * (2 / d.numel()))
            slope.narrow(dim, 1, d.shape[dim]).add_(part)
            slope.narrow(dim, 0, d.shape[dim]).sub_(part)
        return slope


def total_variation(image: Tensor) -> Tensor:
    """Total variation of (N, 3, H, W) pixels: the mean squared difference between neighbours.

    The squared form of Mahendran & Vedaldi 2015, as Johnson's neural-style has it.
    """
    return _TotalVariation.apply(image)
