"""Search: the most similar places of the styles, and matches that continue their neighbours'."""

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from .columns import MARGIN, STRIDE
from .device import fast_dtype

if TYPE_CHECKING:
    from .matching import Matches

PRODUCTS = 10_000_000  # similarities in memory at a time
REPEAT = 1.0  # penalty for each neighbour that is matched with the same place
ROUNDS = 6  # of refinement


class Places:
    """The places of a region's styles, numbered in a row."""

    def __init__(self, grids: list[tuple[int, int]], sizes: list[tuple[int, int]], device: torch.device) -> None:
        """`grids` are rows and columns of each style's features, `sizes` (height, width) in px."""
        self.grids, self.sizes = grids, sizes
        self.first = [sum(h * w for h, w in grids[:n]) for n in range(len(grids))]
        self._firsts = torch.tensor(self.first, device=device)
        self._table = torch.tensor(
            [[first, h, w] for first, (h, w) in zip(self.first, grids, strict=True)], device=device
        )

    def where(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(style, row, column) of each place."""
        style = torch.bucketize(index, self._firsts, right=True) - 1
        inside, width = index - self._table[style, 0], self._table[style, 2]
        return style, inside // width, inside % width

    def index(self, style: Tensor, row: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
        """(index, inside): the number of each place, the nearest one where it lies outside its style."""
        first, height, width = self._table[style].unbind(-1)
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        row, column = torch.minimum(row.clamp(min=0), height - 1), torch.minimum(column.clamp(min=0), width - 1)
        return first + row * width + column, inside


def most_similar(queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
    """For each of the (P, C) queries the highest product among the (Q, C) keys, and its index."""
    dtype = fast_dtype(queries.device)
    q, k = queries.to(dtype), keys.to(dtype).T
    found = [(part @ k).float().max(1) for part in q.split(max(1, PRODUCTS // len(keys)))]
    return torch.cat([f.values for f in found]), torch.cat([f.indices for f in found])


def share_offsets(best: Tensor, shares: list[float], weights: Tensor) -> Tensor:
    """(K,) to be added to the (P, K) best similarities, so that each style wins in its share of the positions.

    Semi-discrete optimal transport: gradient ascent of its dual.
    """
    wanted = torch.tensor(shares, device=best.device)
    offsets = torch.zeros_like(wanted)
    for n in range(100):
        chosen = F.one_hot((best + offsets).argmax(1), len(shares)).float()
        had = (chosen * weights[:, None]).sum(0) / weights.sum().clamp(min=1e-6)
        offsets += 0.25 / (1 + n) ** 0.5 * (wanted - had)
    return offsets


def enlarged(before: "Matches", places: Places, grid: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """(P,): the matches of a smaller size on this size's grid; a position inside a coarse one keeps its offset."""
    device = before.index.device
    parents, offsets = [], []
    for n in (0, 1):
        center = (torch.arange(grid[n], device=device) + 0.5) * STRIDE - MARGIN  # px of this size
        old = (center * before.size[n] / size[n] + MARGIN) / STRIDE - 0.5
        parents.append(old.round().clamp(0, before.grid[n] - 1).long())
        offsets.append(old - parents[n])
    parent = (parents[0][:, None] * before.grid[1] + parents[1]).flatten()
    style, row, column = before.places.where(before.index[parent])
    at = []
    for n, (old_place, offset) in enumerate(
        zip(
            (row, column),
            (offsets[0][:, None].expand(grid).flatten(), offsets[1].expand(grid).flatten()),
            strict=True,
        )
    ):
        ratio = torch.tensor(
            [new[n] / old[n] for new, old in zip(places.sizes, before.places.sizes, strict=True)], device=device
        )[style]
        center = ((old_place + offset + 0.5) * STRIDE - MARGIN) * ratio
        at.append(((center + MARGIN) / STRIDE - 0.5).round().long())
    return places.index(style, at[0], at[1])[0]


def _score(q: Tensor, keys: Tensor, index: Tensor) -> Tensor:
    return (q * keys[index]).sum(1)


def jittered(q: Tensor, keys: Tensor, index: Tensor, places: Places) -> Tensor:
    """(P,): each match, or one of the eight places around it if that is more similar."""
    style, row, column = places.where(index)
    best = _score(q, keys, index)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if dy or dx:
                near, _ = places.index(style, row + dy, column + dx)
                score = _score(q, keys, near)
                index, best = torch.where(score > best, near, index), torch.maximum(score, best)
    return index


def refined(
    q: Tensor,
    keys: Tensor,
    index: Tensor,
    grid: tuple[int, int],
    places: Places,
    exact: Tensor | None,
    bonus: Tensor,
    repeat: float = REPEAT,
    rounds: int = ROUNDS,
) -> Tensor:
    """(P,): matches that continue their neighbours' where these are similar enough.

    In each round every second position, as on a checkerboard, may take what one of its four neighbours proposes (its
    match, shifted by their offset) or the exact match, by similarity plus `bonus` (P,) for each neighbour that agrees
    and less `repeat` for each that is matched with the very same place, which would show as a weave on flat areas.
    """
    rows, columns = (torch.arange(n, device=q.device) for n in grid)
    parity = ((rows[:, None] + columns) % 2).flatten()
    for turn in range(rounds):
        here = (parity == turn % 2).nonzero()[:, 0]
        proposals = _proposals(index, grid, places, here)
        queries, reward = q[here], bonus[here]

        def value(number: Tensor) -> Tensor:
            total = _score(queries, keys, number)  # noqa: B023
            for proposed, inside, same in proposals:  # noqa: B023
                total = total + reward * ((proposed == number) & inside) - repeat * (same == number)  # noqa: B023
            return total

        best = index[here]
        most = value(best)
        others = [(number, inside) for number, inside, _ in proposals]
        if exact is not None:
            others.append((exact[here], torch.ones_like(here, dtype=torch.bool)))
        for number, inside in others:
            total = value(number)
            better = (total > most) & inside
            best, most = torch.where(better, number, best), torch.where(better, total, most)
        index = index.scatter(0, here, best)
    return index


def _proposals(
    index: Tensor, grid: tuple[int, int], places: Places, here: Tensor
) -> list[tuple[Tensor, Tensor, Tensor]]:
    """For each of four neighbours: (its match, shifted by the offset to it; whether that is inside; its match)."""
    style, row, column = (x.view(grid) for x in places.where(index))
    found = []
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        s, r, c, same = (torch.roll(x, (dy, dx), (0, 1)) for x in (style, row, column, index.view(grid)))
        number, inside = places.index(s, r + dy, c + dx)
        edge = slice(0, 1) if dy + dx > 0 else slice(-1, None)
        inside[(edge, slice(None)) if dy else (slice(None), edge)] = False
        found.append((number.flatten()[here], inside.flatten()[here], same.flatten()[here]))
    return found
