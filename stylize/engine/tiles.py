"""Losses of a large picture, tile by tile: memory for the features of one tile at a time.

Tiles overlap by as much as a feature sees, and each feature counts in one tile alone, so sums over positions are those
of the whole picture, and so are their gradients: there are no seams. Features are computed twice, once for the sums and
once for the gradient (Chen et al. 2016, "Training deep nets with sublinear memory cost").
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..facts import STAGES
from .networks import Network, reflected

GRID = 16  # px of the picture a feature of the coarsest layer; pictures are reflected to a multiple of it
TILE = 1024  # px, without the overlap; a multiple of GRID
WHOLE_PIXELS = 2_400_000  # of the largest picture that is not taken in tiles


class Whole:
    """The place of a picture that is not taken in tiles."""

    def core(self, features: Tensor, stride: int) -> Tensor:
        """The features that count here."""
        return features

    def of(self, whole: Tensor, stride: int) -> Tensor:
        """The part of a map of the whole picture that belongs to them."""
        return whole


@dataclass(frozen=True)
class Tile(Whole):
    """Rows and columns of the picture in px: with the overlap, and without."""

    rows: tuple[int, int]
    columns: tuple[int, int]
    core_rows: tuple[int, int]
    core_columns: tuple[int, int]

    def core(self, features: Tensor, stride: int) -> Tensor:
        """The tile's features (1, C, h, w) without those of the overlap."""
        return self._cut(features, stride, self.rows[0], self.columns[0])

    def of(self, whole: Tensor, stride: int) -> Tensor:
        """The same positions of a map (1, C, h, w) of the whole picture."""
        return self._cut(whole, stride, 0, 0)

    def _cut(self, whole: Tensor, stride: int, top: int, left: int) -> Tensor:
        rows, columns = (
            slice((first - begin) // stride, (last - begin) // stride)
            for begin, (first, last) in ((top, self.core_rows), (left, self.core_columns))
        )
        return whole[:, :, rows, columns]


# The sums over positions that a picture's losses need, of features {layer: (1, C, h, w)} at a place.
Measure = Callable[[dict[str, Tensor], Whole], list[Tensor]]


def stride(layer: str) -> int:
    """px of the picture between two features of a layer."""
    return int(2 ** (STAGES[layer] - 1))


def tiles(height: int, width: int, overlap: int) -> Iterator[Tile]:
    """The tiles of a picture, row by row."""

    def spans(side: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        cores = [(first, min(side, first + TILE)) for first in range(0, side, TILE)]
        return [((max(0, first - overlap), min(side, last + overlap)), (first, last)) for first, last in cores]

    for rows, core_rows in spans(height):
        for columns, core_columns in spans(width):
            yield Tile(rows, columns, core_rows, core_columns)


def _cut(picture: Tensor, tile: Tile) -> Tensor:
    return picture[:, :, tile.rows[0] : tile.rows[1], tile.columns[0] : tile.columns[1]]


def _features(network: Network, picture: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
    return network(picture.to(next(network.parameters()).dtype), layers)


class _Sums(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, picture: Tensor, network: Network, layers: tuple[str, ...], measure: Measure
    ) -> tuple[Tensor, ...]:
        ctx.how = network, layers, measure
        ctx.save_for_backward(picture)
        sums: list[Tensor] = []
        for tile in tiles(picture.shape[2], picture.shape[3], network.facts.reach):
            parts = measure(_features(network, _cut(picture, tile), layers), tile)
            sums = [a + b for a, b in zip(sums, parts, strict=True)] if sums else parts
        return tuple(sums)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (picture,), (network, layers, measure) = ctx.saved_tensors, ctx.how
        whole = torch.zeros_like(picture)
        for tile in tiles(picture.shape[2], picture.shape[3], network.facts.reach):
            with torch.enable_grad():
                part = _cut(picture, tile).detach().requires_grad_()
                found = zip(measure(_features(network, part, layers), tile), grads, strict=True)
                outputs, slopes = zip(*((sum_, slope) for sum_, slope in found if sum_.requires_grad), strict=True)
            _cut(whole, tile).add_(torch.autograd.grad(outputs, part, slopes)[0])
        return whole, None, None, None


def sums(image: Tensor, margin: int, network: Network, layers: tuple[str, ...], measure: Measure) -> list[Tensor]:
    """What `measure` gives for each tile, added up, differentiable; of `image` (1, 3, H, W) with `margin` px reflected
    around it."""
    return list(_Sums.apply(reflected(image, margin, GRID), network, layers, measure))


@torch.no_grad()
def features(image: Tensor, margin: int, network: Network, layers: tuple[str, ...]) -> dict[str, Tensor]:
    """{layer: (1, C, h, w)} of the whole picture."""
    picture = reflected(image, margin, GRID)
    rows: dict[tuple[int, int], list[dict[str, Tensor]]] = {}
    for tile in tiles(picture.shape[2], picture.shape[3], network.facts.reach):
        found = _features(network, _cut(picture, tile), layers)
        rows.setdefault(tile.core_rows, []).append({name: tile.core(f, stride(name)) for name, f in found.items()})
    return {
        name: torch.cat([torch.cat([cell[name] for cell in row], 3) for row in rows.values()], 2) for name in layers
    }
