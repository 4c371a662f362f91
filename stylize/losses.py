"""The losses: pure functions of features and their targets. Nothing here keeps state."""

from typing import Any

import torch
from torch import Tensor

TILE = 128  # positions whose products are summed in the features' own precision
TILED = 8192  # positions from which that is exact enough, errors of many tiles averaging out


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


class _Gram(torch.autograd.Function):
    """F F^T with a backward of one product, where autograd's own takes two and a sum."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        ctx.save_for_backward(rows)
        return _products(rows)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (rows,) = ctx.saved_tensors
        return rows @ (grad + grad.transpose(1, 2)).to(rows.dtype)


def gram(features: Tensor) -> Tensor:
    """The raw Gram matrix F F^T of (N, C, H, W) features: (N, C, C), float32, divided by nothing.

    Gatys, Ecker, Bethge 2015, "A Neural Algorithm of Artistic Style", equation 3.
    """
    return _Gram.apply(features.flatten(2).transpose(1, 2))


def squared_error(value: Tensor, target: Tensor) -> Tensor:
    """The mean squared error, of features (equation 1 of Gatys et al. up to its factor) or Gram matrices."""
    return (value.float() - target.float()).square().mean()


def relative_error(value: Tensor, target: Tensor) -> Tensor:
    """|value - target|^2 / |target|^2: 0 when alike, about 1 when unrelated, at any size and layer."""
    energy = target.float().square().sum().clamp(min=1e-8)
    return (value.float() - target.float()).square().sum() / energy


def smoothness(image: Tensor) -> Tensor:
    """Total variation of (N, 3, H, W) pixels: the mean squared difference between neighbours.

    The squared form of Mahendran & Vedaldi 2015, as Johnson's neural-style has it.
    """
    across = (image[..., 1:] - image[..., :-1]).square().mean() if image.shape[-1] > 1 else image.new_zeros(())
    down = (image[..., 1:, :] - image[..., :-1, :]).square().mean() if image.shape[-2] > 1 else image.new_zeros(())
    return across + down
