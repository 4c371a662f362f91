"""Matching: which place of the styles each place of the picture should look like.

Places are compared by form (feature columns), brightness and colour. At small sizes the search is exact; at larger ones
the matches of the previous size are enlarged and refined by their neighbours' (Barnes et al. 2009, "PatchMatch").
Matches that continue a neighbour's are preferred (Hertzmann et al. 2001, "Image analogies", its coherence term), so
that whole motifs come over.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from .color import opponent
from .columns import GRID, LAYERS, MARGIN, STRIDE, Columns, unit
from .device import fast_dtype

if TYPE_CHECKING:
    from .scene import Region, Scene

EXACT = 20_000  # positions up to which every pair is compared: a 512 px picture
CHUNK = 2048  # positions compared at a time
MIN_QUERY_NORM = 0.2  # features weaker than this (layers have RMS 1) match nothing
LIGHT, TEXTURED = 6.0, 0.9  # weight of brightness in a match, and how much less of it where the photo is textured
LIGHT_RANK = 0.15  # of brightness: 0 compares the photo's own, 1 its rank in the style's
COLOR, COLOR_MOMENTS = 3.0, 0.5  # weight of colour; 0 compares the photo's own, 1 moved to the style's mean and spread
COHERENCE = 0.1  # bonus for each neighbour whose match is continued, in units of cosine
CARRY = True
FLAT_COHERENCE = 0.0
ROUNDS = 6  # of refinement


@dataclass(frozen=True)
class Matches:
    """Of one region: the matched place of each position of the grid, as an index into its styles' places in a row."""

    index: Tensor  # (P,), int64
    weights: Tensor  # (P,), how much each position counts: the region's mask
    targets: Tensor  # (1, C, h, w): the columns found, of length 1; 0 where nothing is matched
    columns: Columns
    places: "Places"
    size: tuple[int, int]  # (height, width) of the picture, px

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the picture's positions."""
        return self.targets.shape[2], self.targets.shape[3]

    def counts(self, style: int) -> Tensor:
        """(1, 1, h, w): how often each place of a style is matched."""
        (h, w), first = self.places.grids[style], self.places.first[style]
        inside = (self.index >= first) & (self.index < first + h * w)
        return torch.bincount(self.index[inside] - first, self.weights[inside], h * w).view(1, 1, h, w).float()


class Places:
    """The places of a region's styles, numbered in a row."""

    def __init__(self, grids: list[tuple[int, int]], sizes: list[tuple[int, int]], device: torch.device) -> None:
        """`grids` are rows and columns of each style's features, `sizes` (height, width) in px."""
        self.grids, self.sizes = grids, sizes
        self.first = [sum(h * w for h, w in grids[:n]) for n in range(len(grids))]
        self._table = torch.tensor(
            [[first, h, w] for first, (h, w) in zip(self.first, grids, strict=True)], device=device
        )

    def where(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(style, row, column) of each place."""
        style = torch.bucketize(index, self._table[:, 0], right=True) - 1
        inside, width = index - self._table[style, 0], self._table[style, 2]
        return style, inside // width, inside % width

    def index(self, style: Tensor, row: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
        """(index, inside): the number of each place, the nearest one where it lies outside its style."""
        first, height, width = self._table[style].unbind(-1)
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        row, column = torch.minimum(row.clamp(min=0), height - 1), torch.minimum(column.clamp(min=0), width - 1)
        return first + row * width + column, inside


class Matcher:
    """Matches the picture with the styles of one region, at one size."""

    def __init__(self, scene: "Scene", region: "Region") -> None:
        features = [scene.features(style, set(LAYERS)) for style in region.styles]
        self.columns = Columns(scene.network, features, list(region.shares))
        self.shares, self.photo = list(region.shares), scene.photo
        self.mask = scene.pooled(region.mask, GRID)
        grids = [(f[GRID].shape[2], f[GRID].shape[3]) for f in features]
        sizes = [(style.shape[2], style.shape[3]) for style in region.styles]
        self.places = Places(grids, sizes, self.photo.device)
        self.looks = [looks_of(style, grid) for style, grid in zip(region.styles, grids, strict=True)]
        keys = [
            torch.cat([rows, light, light**2, color, (color**2).sum(1, keepdim=True)], 1)
            for rows, (light, color) in zip(self.columns.styles, self.looks, strict=True)
        ]
        self.keys, self.lengths = torch.cat(keys), [len(k) for k in keys]

    def match(self, features: dict[str, Tensor], before: Matches | None) -> Matches:
        """The matches of a picture's features; `before` are those of a smaller size, to start from at large ones."""
        rows, grid = self.columns.rows(features), (features[GRID].shape[2], features[GRID].shape[3])
        weights = torch.ones_like(rows[:, 0]) if self.mask is None else self.mask.flatten()
        forms = unit(rows - (rows * weights[:, None]).sum(0) / weights.sum().clamp(min=1e-6), MIN_QUERY_NORM)
        q, size = self._queries(forms, grid), (self.photo.shape[2], self.photo.shape[3])
        exact = self._exact(q, weights) if before is None or len(q) * max(self.lengths) <= EXACT**2 else None
        index = exact
        if before is not None and (exact is None or CARRY):
            index = _jittered(q, self.keys, _enlarged(before, self.places, grid, size), self.places)
        flat = 1 - texture_of(self.photo, grid)
        index = _coherent(q, self.keys, index, grid, self.places, exact, COHERENCE * (1 + FLAT_COHERENCE * flat))
        found = torch.cat(self.columns.styles)[index]
        found = torch.where(forms.any(1, keepdim=True), found, torch.zeros_like(found))
        return Matches(index, weights, found.T.reshape(1, -1, *grid), self.columns, self.places, size)

    def _queries(self, forms: Tensor, grid: tuple[int, int]) -> Tensor:
        """Rows whose product with keys is cosine - a |light - light'|^2 - b |color - color'|^2, up to a constant."""
        light, color = looks_of(self.photo, grid)
        all_light, all_color = (torch.cat([look[n] for look in self.looks]) for n in (0, 1))
        light = torch.lerp(light, ranked(light, all_light), LIGHT_RANK)
        spread = all_color.std(0) / color.std(0).clamp(min=0.01)
        color = torch.lerp(color, (color - color.mean(0)) * spread + all_color.mean(0), COLOR_MOMENTS)
        a = LIGHT * (1 - TEXTURED * texture_of(self.photo, grid))[:, None]
        b = torch.full_like(a, COLOR)
        return torch.cat([forms, 2 * a * light, -a, 2 * b * color, -b], 1)

    def _exact(self, q: Tensor, weights: Tensor) -> Tensor:
        """(P,): the best of all places, each style in its share of the positions."""
        found = [most_similar(q, keys) for keys in self.keys.split(self.lengths)]
        if len(found) == 1:
            return found[0][1]
        best = torch.stack([similarity for similarity, _ in found], 1)  # (P, styles)
        chosen = (best + share_offsets(best, self.shares, weights)).argmax(1)
        index = torch.stack([at + first for (_, at), first in zip(found, self.places.first, strict=True)], 1)
        return index.gather(1, chosen[:, None])[:, 0]


# ---- brightness and colour beside form


def looks_of(image: Tensor, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """(P, 1) brightness and (P, 2) colour differences at each position."""
    pooled = F.adaptive_avg_pool2d(opponent(image), grid)[0].flatten(1).T
    return pooled[:, :1], pooled[:, 1:]


def texture_of(photo: Tensor, grid: tuple[int, int]) -> Tensor:
    """(P,) in [0, 1]: local contrast of brightness over twice its mean."""
    light = opponent(photo)[:, :1]
    side = 13 if min(light.shape[2:]) > 6 else 1
    pad = (side // 2,) * 4
    mean = F.avg_pool2d(F.pad(light, pad, mode="reflect"), side, 1) if side > 1 else light
    spread = F.avg_pool2d(F.pad((light - mean).square(), pad, mode="reflect"), side, 1) if side > 1 else light * 0
    contrast = F.adaptive_avg_pool2d(spread.clamp(min=0).sqrt(), grid).flatten()
    return (contrast / (2 * contrast.mean()).clamp(min=1e-6)).clamp(0, 1)


def ranked(values: Tensor, target: Tensor) -> Tensor:
    """(P, 1): each value replaced by the target's of the same rank."""
    ordered = target.flatten().sort().values
    at = torch.linspace(0, len(ordered) - 1, len(values), device=values.device)
    low = at.long()
    levels = torch.lerp(ordered[low], ordered[at.ceil().long()], at - low)
    found = torch.empty_like(values).flatten()
    found[values.flatten().argsort(stable=True)] = levels
    return found.view_as(values)


# ---- search


def most_similar(queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
    """For each of the (P, C) queries the highest product among the (Q, C) keys, and its index."""
    dtype = fast_dtype(queries.device)
    q, k = queries.to(dtype), keys.to(dtype).T
    found = [(q[n : n + CHUNK] @ k).float().max(1) for n in range(0, len(q), CHUNK)]
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


def _enlarged(before: Matches, places: Places, grid: tuple[int, int], size: tuple[int, int]) -> Tensor:
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


def _jittered(q: Tensor, keys: Tensor, index: Tensor, places: Places) -> Tensor:
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


def _coherent(q: Tensor, keys: Tensor, index: Tensor, grid: tuple[int, int], places: Places, exact, bonus) -> Tensor:
    """(P,): matches that continue their neighbours' where these are similar enough.

    In each round every second position, as on a checkerboard, may take what one of its four neighbours proposes (its
    match, shifted by their offset) if similarity plus COHERENCE for each neighbour that agrees is higher.
    """
    rows, columns = (torch.arange(n, device=q.device) for n in grid)
    parity = ((rows[:, None] + columns) % 2).flatten()
    score = _score(q, keys, index)
    for turn in range(ROUNDS):
        here = parity == turn % 2
        style, row, column = (x.view(grid) for x in places.where(index))
        proposals = []
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            shifted = [torch.roll(x, (dy, dx), (0, 1)) for x in (style, row, column)]
            number, inside = places.index(shifted[0], shifted[1] + dy, shifted[2] + dx)
            edge = slice(0, 1) if dy + dx > 0 else slice(-1, None)
            inside[(edge, slice(None)) if dy else (slice(None), edge)] = False
            proposals.append((number.flatten()[here], inside.flatten()[here]))
        COHERENCE = bonus[here]
        candidates = [*proposals, (exact[here], torch.ones_like(here[here]))] if exact is not None else proposals
        mine = index[here]
        agree = sum((number == mine) & inside for number, inside in proposals)
        best, best_total, best_score = mine, score[here] + COHERENCE * agree, score[here]
        queries = q[here]
        for number, inside in candidates:
            similarity = _score(queries, keys, number)
            total = similarity + COHERENCE * sum((other == number) & ok for other, ok in proposals)
            better = inside & (total > best_total)
            best = torch.where(better, number, best)
            best_total = torch.where(better, total, best_total)
            best_score = torch.where(better, similarity, best_score)
        index, score = index.clone(), score.clone()
        index[here], score[here] = best, best_score
    return index
