"""Matching: which place of the styles each place of the picture should look like.

Places are compared by form (feature columns), brightness and colour. At small sizes the search is exact; at larger ones
the matches of the previous size are enlarged and refined by their neighbours' (Barnes et al. 2009, "PatchMatch").
Matches that continue a neighbour's are preferred (Hertzmann et al. 2001, "Image analogies", its coherence term), so
that whole motifs are transferred.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from .color import opponent
from .columns import GRID, LAYERS, STRIDE, Columns, on_grid, unit
from .salience import local_contrast
from .search import Places, enlarged, jittered, most_similar, refined, share_offsets

if TYPE_CHECKING:
    from .scene import Region, Scene

EXACT = 5000  # positions up to which every pair is compared: those of a 256 px picture
# Bonus for each neighbour whose match is continued, and how many times it is added where the photo has no contrast and
# is not salient: with 1 and 4, plain areas showed the same few places of the style again and again.
COHERENCE, PLAIN_COHERENCE = 0.1, 9.0
MIN_QUERY_NORM = 0.2  # features weaker than this (layers have RMS 1) match nothing
# Chosen by eye on published pairs; tried: LIGHT 6, 8, 10 and 15, COLOR 0 to 8 (from 1 on a grey sky takes no sunset),
# COHERENCE 0.05 to 0.2.
LIGHT, COLOR = 10.0, 0.3  # weights of brightness and colour in a match, beside a cosine
# Where the photo is plain, light and vivid, its own colour is compared, with more weight: a blue sky stays blue
# in a green-and-blue style. Chroma of blue skies was .2 to .34, of grey walls and lakes .02 to .12; these take the
# style's colours. With FLAT 0.4 grass counted as plain, and the picture was duller than its style; with PLAIN_COLOR 0
# a sky turned green, with 40 lakes and backgrounds stayed grey or blue. Dark colours are hardly seen as colours.
PLAIN_COLOR, FLAT, BRIGHT = 15.0, 0.6, 0.6
VIVID, VIVID_RANGE = 0.12, 0.1
# 0 compares the photo's own, 1 its own moved to the style's mean and spread: with brightness at 0.6 a dark door took
# the few darkest places of a light style.
LIGHT_MOVED, COLOR_MOVED = 1.0, 1.0
SMALL = 128  # px, longer side of a picture up to which the first of AREA counts, above it the second
AREA = 3, 5  # side, in places, over which brightness and colour are averaged
# Penalty of places that are matched often, so that more of the style's motifs are used, added in ROUNDS; of 0.05, 0.1
# and 0.2 the last put motifs on faces.
OFTEN, ROUNDS, NEAR = 0.1, 3, 5  # NEAR: side of the area, in places, whose matches are counted together
MIN_SPREAD = 0.01  # of brightness and colour; values run from 0 to 1

Looks = tuple[Tensor, Tensor]  # (P, 1) brightness and (P, 2) colour differences at each position


@dataclass(frozen=True)
class Matches:
    """The matches of one region: for each position of the grid the index of a place of its styles."""

    index: Tensor  # (P,), int64
    weights: Tensor  # (P,), how much each position counts: the region's mask
    targets: Tensor  # (1, C, h, w): the columns found, of length 1; 0 where nothing is matched
    columns: Columns
    places: Places
    size: tuple[int, int]  # (height, width) of the picture, px

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the picture's positions."""
        return self.targets.shape[2], self.targets.shape[3]

    def cosines(self, features: dict[str, Tensor]) -> Tensor:
        """(P,): how similar a picture's features are to those of the matched places; their mean is subtracted."""
        rows = _centered(self.columns.rows(features), self.weights)
        return (rows * self.targets[0].flatten(1).T).sum(1)

    def counts(self, style: int) -> Tensor:
        """(1, 1, h, w): how often each place of a style is matched."""
        (h, w), first = self.places.grids[style], self.places.first[style]
        inside = (self.index >= first) & (self.index < first + h * w)
        return torch.bincount(self.index[inside] - first, self.weights[inside], h * w).view(1, 1, h, w).float()


class Matcher:
    """Matches the picture with the styles of one region, at one size."""

    def __init__(self, scene: "Scene", region: "Region") -> None:
        features = [scene.features(style, set(LAYERS)) for style in region.styles]
        self.columns = Columns(scene.network, features, list(region.shares))
        self.shares, self.photo, self.proportions = list(region.shares), scene.photo, scene.proportions
        self.mask = scene.pooled(region.mask, GRID)
        grids = [(f[GRID].shape[2], f[GRID].shape[3]) for f in features]
        sizes = [(style.shape[2], style.shape[3]) for style in region.styles]
        self.places = Places(grids, sizes, self.photo.device)
        fine = [looks_of(style, grid) for style, grid in zip(region.styles, grids, strict=True)]
        coarse = [self._coarse(look, grid) for look, grid in zip(fine, grids, strict=True)]
        self.looks = fine, coarse  # of each style
        keys = [
            torch.cat([rows, *_looks_of_keys(fine), *_looks_of_keys(coarse)], 1)
            for rows, fine, coarse in zip(self.columns.styles, *self.looks, strict=True)
        ]
        self.keys, self.lengths = torch.cat(keys), [len(k) for k in keys]
        self.salience = scene.salience

    @property
    def too_many_pairs(self) -> bool:
        """Whether an exact search would take too long."""
        positions = self.photo.shape[2] * self.photo.shape[3] // STRIDE**2
        return positions * max(self.lengths) > EXACT**2

    def match(self, features: dict[str, Tensor], before: Matches | None) -> Matches:
        """The matches of a picture's features; `before` are those of a smaller size, to start from at large ones."""
        rows, grid = self.columns.rows(features), (features[GRID].shape[2], features[GRID].shape[3])
        weights = torch.ones_like(rows[:, 0]) if self.mask is None else self.mask.flatten()
        forms = _centered(rows, weights)
        flat = 1 - on_grid(local_contrast(self.photo), grid).flatten()
        salience = on_grid(self.salience, grid).flatten()
        q, size = self._queries(forms, grid, flat, salience), (self.photo.shape[2], self.photo.shape[3])
        if before is None or not self.too_many_pairs:
            exact, keys = self._exact(q, weights)
        else:
            exact, keys = None, _penalized(self.keys, torch.zeros_like(self.keys[:, 0]))
        index = exact
        if before is not None:
            index = jittered(q, keys, enlarged(before, self.places, grid, size), self.places)
        assert index is not None
        index = refined(
            q, keys, index, grid, self.places, exact, COHERENCE * (1 + PLAIN_COHERENCE * flat * (1 - salience))
        )
        found = torch.cat(self.columns.styles)[index]
        found = torch.where(forms.any(1, keepdim=True), found, torch.zeros_like(found))
        return Matches(index, weights, found.T.reshape(1, -1, *grid), self.columns, self.places, size)

    def _coarse(self, looks: Looks, grid: tuple[int, int]) -> Looks:
        """Brightness and colour averaged over an area, so that a plain place may take a texture as a whole."""
        side = AREA[max(self.photo.shape[2:]) > SMALL]
        light, color = (averaged(values.T.reshape(1, -1, *grid), side)[0].flatten(1).T for values in looks)
        return light, color

    def _queries(self, forms: Tensor, grid: tuple[int, int], flat: Tensor, salience: Tensor) -> Tensor:
        """Rows whose product with keys is cosine - a |light - light'|^2 - b |color - color'|^2, up to a constant.

        Brightness and colour of each position count at salient places, and those of the area around it elsewhere:
        texture that had to be of one brightness at each position would be no texture. The last column multiplies
        the penalty of places that are matched often. `flat`, `salience` (P,): 1 where the photo has no contrast, and
        where it is most salient.
        """
        fine = looks_of(self.photo, grid)
        salience = salience[:, None]
        plain = ((flat[:, None] - FLAT) / (0.9 - FLAT)).clamp(0, 1)
        parts: list[Tensor] = []
        for looks, (light, color), part in (
            (self.looks[0], fine, salience),
            (self.looks[1], self._coarse(fine, grid), 1 - salience),
        ):
            own = plain * seen_color(light, color)
            style_light, style_color = (torch.cat([look[n] for look in looks]) for n in (0, 1))
            light = moved(light, style_light, LIGHT_MOVED)
            color = torch.lerp(moved(color, style_color, COLOR_MOVED), color, own)
            share = part * self.proportions**0.5
            a, b = share * LIGHT, share * (COLOR + PLAIN_COLOR * own)
            parts += [2 * a * light, -a, 2 * b * color, -b]
        return torch.cat([forms, *parts, torch.ones_like(salience)], 1)

    def _exact(self, q: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """(P,): the best of all places, those that are matched often only where others are much less similar; and the
        keys with this penalty."""
        penalty = torch.zeros_like(self.keys[:, 0])
        keys = _penalized(self.keys, penalty)
        index = self._best(q, keys, weights)
        for _ in range(ROUNDS):
            penalty += OFTEN / ROUNDS * torch.log1p(self._uses(index, weights))
            keys = _penalized(self.keys, penalty)
            index = self._best(q, keys, weights)
        return index, keys

    def _uses(self, index: Tensor, weights: Tensor) -> Tensor:
        """(Q,): how often places around each are matched; the mean of each style is 1."""
        counts = torch.bincount(index, weights, len(self.keys)).float().split(self.lengths)
        maps = (count.view(1, 1, *grid) for count, grid in zip(counts, self.places.grids, strict=True))
        return torch.cat([density(one, NEAR).flatten() for one in maps])

    def _best(self, q: Tensor, keys: Tensor, weights: Tensor) -> Tensor:
        """(P,): the most similar of all places, each style in its share of the positions."""
        found = [most_similar(q, part) for part in keys.split(self.lengths)]
        if len(found) == 1:
            return found[0][1]
        best = torch.stack([similarity for similarity, _ in found], 1)  # (P, styles)
        chosen = (best + share_offsets(best, self.shares, weights)).argmax(1)
        index = torch.stack([at + first for (_, at), first in zip(found, self.places.first, strict=True)], 1)
        return index.gather(1, chosen[:, None])[:, 0]


def _centered(rows: Tensor, weights: Tensor) -> Tensor:
    """Feature columns less their weighted mean, of length 1, or 0 where they are weak."""
    return unit(rows - (rows * weights[:, None]).sum(0) / weights.sum().clamp(min=1e-6), MIN_QUERY_NORM)


def density(counts: Tensor, side: int) -> Tensor:
    """(1, 1, h, w): counts of matches averaged over `side` x `side` places, relative to their mean."""
    near = averaged(counts, side)
    return near / near.mean().clamp(min=1e-6)


def averaged(maps: Tensor, side: int) -> Tensor:
    """(N, C, h, w): means over `side` x `side` places, the border repeated."""
    return F.avg_pool2d(F.pad(maps, (side // 2,) * 4, mode="replicate"), side, 1)


def _penalized(keys: Tensor, penalty: Tensor) -> Tensor:
    """Keys with minus the penalty of each as their last column."""
    return torch.cat([keys, -penalty[:, None]], 1)


# ---- brightness and colour beside form


def looks_of(image: Tensor, grid: tuple[int, int]) -> Looks:
    """(P, 1) brightness and (P, 2) colour differences at each position."""
    pooled = on_grid(opponent(image), grid)[0].flatten(1).T
    return pooled[:, :1], pooled[:, 1:]


def seen_color(light: Tensor, color: Tensor) -> Tensor:
    """(P, 1) in [0, 1]: how visible the hue of each position is: 0 for greyish or dark ones, 1 for a blue sky's."""
    vivid = ((color.norm(dim=1, keepdim=True) - VIVID) / VIVID_RANGE).clamp(0, 1)
    return vivid * (light / BRIGHT).clamp(0, 1) ** 2


def _looks_of_keys(looks: Looks) -> list[Tensor]:
    """Columns of keys, see Matcher._queries."""
    light, color = looks
    return [light, light**2, color, (color**2).sum(1, keepdim=True)]


def moved(values: Tensor, target: Tensor, part: float) -> Tensor:
    """The (P, n) values moved towards the mean and spread of the target's.

    By less where they vary less than the target's: the colour of a plain sky is matched as it is.
    """
    spread, wanted = values.std(0), target.std(0)
    whole = (values - values.mean(0)) / spread.clamp(min=MIN_SPREAD) * wanted + target.mean(0)
    return torch.lerp(values, whole, part * float((spread.norm() / wanted.norm().clamp(min=MIN_SPREAD)).clamp(max=1)))
