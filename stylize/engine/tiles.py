"""Statistics of a large picture's features, tile by tile: memory for the features of one tile at a time.

The tiles overlap by as much as a feature sees, and each feature counts in one tile alone. So Gram matrices and content
error are those of the whole picture, and so are their gradients: there are no seams. The features are computed twice,
once for the statistics and once for the gradient (Chen et al. 2016, "Training deep nets with sublinear memory cost").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ..facts import STAGES
from . import losses
from .networks import Network, reflected

GRID = 16  # px of the picture a feature of the coarsest layer; pictures are mirrored to a multiple of it
TILE = 1024  # px, without the overlap; a multiple of GRID
WHOLE_PIXELS = 2_400_000  # of the largest picture that is not taken in tiles


@dataclass(frozen=True)
class Content:
    """What features are compared with at one layer."""

    layer: str
    target: Tensor  # (1, C, h, w)
    metric: Tensor | None  # (C, C)
    scale: float


@dataclass(frozen=True)
class Wanted:
    """Which statistics: Gram matrices of `layers`, positions weighed by `masks` if any, and a content error."""

    network: Network
    layers: tuple[str, ...]
    masks: dict[str, Tensor]  # (1, 1, h, w) of each layer; empty: all count the same
    content: Content | None


@dataclass(frozen=True)
class Tile:
    """Rows and columns of the picture in px: with the overlap, and without."""

    rows: tuple[int, int]
    columns: tuple[int, int]
    core_rows: tuple[int, int]
    core_columns: tuple[int, int]

    def core(self, features: Tensor, stride: int) -> Tensor:
        """The tile's features (1, C, h, w) without those of the overlap."""
        return self.of(features, stride, self.rows[0], self.columns[0])

    def of(self, whole: Tensor, stride: int, top: int = 0, left: int = 0) -> Tensor:
        """The same places of the whole picture's features, or of those that begin at `top` and `left` px of it."""
        rows, columns = (
            slice((first - begin) // stride, (last - begin) // stride)
            for begin, (first, last) in ((top, self.core_rows), (left, self.core_columns))
        )
        return whole[:, :, rows, columns]


def stride(layer: str) -> int:
    """px of the picture a feature."""
    return int(2 ** (STAGES[layer] - 1))


def tiles(height: int, width: int, overlap: int) -> Iterator[Tile]:
    def spans(side: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        cores = [(first, min(side, first + TILE)) for first in range(0, side, TILE)]
        return [((max(0, first - overlap), min(side, last + overlap)), (first, last)) for first, last in cores]

    for rows, core_rows in spans(height):
        for columns, core_columns in spans(width):
            yield Tile(rows, columns, core_rows, core_columns)


def _features(picture: Tensor, tile: Tile, wanted: Wanted) -> tuple[dict[str, Tensor], Tensor | None]:
    """The features of a tile whose products are summed, and its part of the content error."""
    names = {*wanted.layers, *([wanted.content.layer] if wanted.content else ())}
    dtype = next(wanted.network.parameters()).dtype
    found = wanted.network(picture.to(dtype), tuple(names))
    cores = {name: tile.core(f, stride(name)) for name, f in found.items()}
    error = None
    if c := wanted.content:
        error = losses.feature_error(cores[c.layer], tile.of(c.target, stride(c.layer)), c.metric, c.scale)
    styles = {name: cores[name] for name in wanted.layers}
    if wanted.masks:
        parts = {name: tile.of(wanted.masks[name], stride(name)).sqrt() for name in wanted.layers}
        styles = {name: f * parts[name].to(f.dtype) for name, f in styles.items()}
    return styles, error


class _Statistics(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, picture: Tensor, wanted: Wanted) -> tuple[Tensor, ...]:
        ctx.wanted = wanted
        ctx.save_for_backward(picture)
        grams: list[Any] = [0.0] * len(wanted.layers)
        content = picture.new_zeros(())
        for tile in tiles(picture.shape[2], picture.shape[3], wanted.network.facts.reach):
            styles, error = _features(_cut(picture, tile), tile, wanted)
            grams = [sum_ + losses.gram(f) for sum_, f in zip(grams, styles.values(), strict=True)]
            content = content if error is None else content + error
        return (*grams, content)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (picture,), wanted = ctx.saved_tensors, ctx.wanted
        whole = torch.zeros_like(picture)
        for tile in tiles(picture.shape[2], picture.shape[3], wanted.network.facts.reach):
            with torch.enable_grad():
                part = _cut(picture, tile).detach().requires_grad_()
                styles, error = _features(part, tile, wanted)
            outputs, slopes = [], []
            for f, grad in zip(styles.values(), grads, strict=False):
                slope = (grad + grad.transpose(1, 2)).to(f.dtype)
                outputs.append(f)
                slopes.append((slope @ f.detach().flatten(2)).view_as(f))
            if error is not None:
                outputs.append(error)
                slopes.append(grads[-1])
            _cut(whole, tile).add_(torch.autograd.grad(outputs, part, slopes)[0])
        return whole, None


def _cut(picture: Tensor, tile: Tile) -> Tensor:
    return picture[:, :, tile.rows[0] : tile.rows[1], tile.columns[0] : tile.columns[1]]


def statistics(
    image: Tensor,
    margin: int,
    network: Network,
    layers: tuple[str, ...],
    content: Content | None = None,
    mask: Tensor | None = None,
) -> tuple[dict[str, Tensor], Tensor]:
    """({layer: (1, C, C) Gram matrix, a mean over positions}, content error), differentiable.

    They are of `image` (1, 3, H, W) with `margin` px mirrored around it; the mask (1, 1, H, W) weighs its positions.
    """
    picture, masks, positions = reflected(image, margin, GRID), {}, {}
    for layer in layers:
        height, width = (side // stride(layer) for side in picture.shape[2:])
        positions[layer] = picture.new_tensor(float(height * width))
        if mask is not None:
            masks[layer] = F.adaptive_avg_pool2d(reflected(mask, margin, GRID), (height, width))
            positions[layer] = masks[layer].sum().clamp(min=1e-6)
    *grams, error = _Statistics.apply(picture, Wanted(network, layers, masks, content))
    return {name: gram / positions[name] for name, gram in zip(layers, grams, strict=True)}, error


@torch.no_grad()
def features(image: Tensor, margin: int, network: Network, layer: str) -> Tensor:
    """(1, C, h, w): the features of the whole picture at one layer."""
    picture = reflected(image, margin, GRID)
    rows: dict[tuple[int, int], list[Tensor]] = {}
    for tile in tiles(picture.shape[2], picture.shape[3], network.facts.reach):
        found = network(_cut(picture, tile).to(next(network.parameters()).dtype), (layer,))[layer]
        rows.setdefault(tile.core_rows, []).append(tile.core(found, stride(layer)))
    return torch.cat([torch.cat(row, 3) for row in rows.values()], 2)
