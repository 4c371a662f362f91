"""Feature columns: what several layers see at each position, in a few numbers comparable between pictures."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from . import tiles
from .networks import Network, reflected
from .tiles import Whole

# Compared on conv3_1's grid, a quarter of the picture's. With conv2_1 or conv5_1 beside them, forms transferred less.
LAYERS = ("conv3_1", "conv4_1")
GRID = "conv3_1"
STRIDE = 4  # px of the picture between two positions of the grid
# px of the picture, reflected around it before the network: with zero padding the optimiser hides style energy in a
# bright frame.
MARGIN = 8
COMPONENTS = 64  # principal components of the styles' columns that are kept: over 97 % of their variance, in a third of
# the time


def on_grid(values: Tensor, grid: tuple[int, int]) -> Tensor:
    """Average pixels (1, C, H, W) at each position of the grid, (1, C, h, w), the reflected margin included."""
    whole = reflected(values, MARGIN, tiles.GRID)
    return F.avg_pool2d(whole, STRIDE)[:, :, : grid[0], : grid[1]]


def on_pixels(values: Tensor, height: int, width: int) -> Tensor:
    """Interpolate values of positions (1, C, h, w) bilinearly at each pixel of the picture, (1, C, height, width)."""
    whole = F.interpolate(values, size=(height + 2 * MARGIN, width + 2 * MARGIN), mode="bilinear")
    return whole[:, :, MARGIN : MARGIN + height, MARGIN : MARGIN + width]


class Columns:
    """Principal components of the features of LAYERS at each position, less the styles' mean.

    Each layer is taken in the network's metric and divided by its root mean square in the styles.
    """

    def __init__(self, network: Network, styles: list[dict[str, Tensor]], shares: list[float]) -> None:
        """`styles` are features {layer: (1, C, h, w)} of each style."""
        self.network = network
        scales = rms_scales(network, styles, shares)
        parts = []
        for name, scale in zip(LAYERS, scales, strict=True):
            channels, metric = styles[0][name].shape[1], network.metric(name)
            parts.append((torch.eye(channels, dtype=torch.float32) if metric is None else metric.cpu()) * scale)
        whole = torch.block_diag(*parts).to(styles[0][GRID].device)  # from the features of all layers to a column
        self.maps = list(whole.split([p.shape[1] for p in parts], 1))
        self.mean = torch.zeros(len(whole), dtype=torch.float32, device=whole.device)
        rows = [self.rows(f) for f in styles]
        mean = sum((w * r.mean(0) for r, w in zip(rows, shares, strict=True)), start=self.mean)
        moments = [w * (r - mean).T @ (r - mean) / len(r) for r, w in zip(rows, shares, strict=True)]
        covariance = torch.stack(moments).sum(0).cpu()  # the MPS of older torch has no eigh
        axes = torch.linalg.eigh(covariance).eigenvectors[:, -COMPONENTS:].to(whole.device)
        self.maps, self.mean = [axes.T @ part for part in self.maps], axes.T @ mean
        self.styles = [unit((r - mean) @ axes) for r in rows]  # (P, C) each, of length 1

    def rows(self, features: dict[str, Tensor], place: Whole | None = None) -> Tensor:
        """(P, C), float32: one row a position that counts at the place; all where none is given."""
        grid, parts = (features[GRID].shape[2], features[GRID].shape[3]), []
        for name, map_ in zip(LAYERS, self.maps, strict=True):
            f = features[name]
            if f.shape[2] > grid[0] or f.shape[3] > grid[1]:
                f = F.adaptive_avg_pool2d(f, grid)
            f = F.conv2d(f, map_.to(f.dtype)[:, :, None, None])
            parts.append(f if f.shape[2:] == grid else F.interpolate(f, size=grid, mode="bilinear"))
        total = parts[0] + parts[1]
        if place is not None:
            total = place.core(total, STRIDE)
        return total[0].flatten(1).T.float() - self.mean


def rms_scales(network: Network, styles: list[dict[str, Tensor]], shares: list[float]) -> list[float]:
    """For each layer 1 / root mean square of its columns' lengths in the styles; 0 where it is silent."""
    scales = []
    for name in LAYERS:
        metric, energy = network.metric(name), 0.0
        for features, share in zip(styles, shares, strict=True):
            rows = features[name][0].flatten(1).T.float()
            energy += share * float((rows if metric is None else rows @ metric).square().sum(1).mean())
        scales.append(energy**-0.5 if energy > 1e-8 else 0.0)
    return scales


def unit(rows: Tensor, least: float = 0.02) -> Tensor:
    """Rows at length 1; those shorter than `least` (a style of one colour has no forms) become 0."""
    lengths = rows.norm(dim=1, keepdim=True)
    return torch.where(lengths > least, rows / lengths.clamp(min=1e-6), torch.zeros_like(rows))


def cosine_errors(rows: Tensor, targets: Tensor) -> Tensor:
    """(P,): 1 - cosine between (P, C) rows and targets of length 1 (or 0)."""
    return _CosineErrors.apply(rows, targets)


class _CosineErrors(torch.autograd.Function):
    """With its gradient in closed form: autograd's takes three times as many passes over the rows."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, targets: Tensor) -> Tensor:
        inverse = (rows.square().sum(1) + 1e-8).rsqrt()
        cosine = (rows * targets).sum(1) * inverse
        ctx.save_for_backward(rows, targets, inverse, cosine)
        return 1 - cosine

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        rows, targets, inverse, cosine = ctx.saved_tensors
        slope = (rows * (cosine * inverse)[:, None]).sub_(targets)
        return slope.mul_((grad * inverse)[:, None]), None


def squared_distance(features: Tensor, target: Tensor, metric: Tensor | None) -> Tensor:
    """|M (F - T)|^2 of two (1, C, h, w) features; the metric M is (C, C) and symmetric, None the identity."""
    square = None if metric is None else (metric @ metric).to(features.dtype)[:, :, None, None]
    return _SquaredDistance.apply(features, target, square)


class _SquaredDistance(torch.autograd.Function):
    """With its gradient 2 M M (F - T), of which the loss is half the product with F - T: one pass for both."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, target: Tensor, square: Tensor | None) -> Tensor:
        residual = features - target
        slope = residual if square is None else F.conv2d(residual, square)
        ctx.save_for_backward(slope)
        return (slope * residual).sum(dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return slope * (2 * grad).to(slope.dtype), None, None
