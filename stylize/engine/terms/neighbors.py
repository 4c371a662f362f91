"""Neighbours: each place looks like the place of the style that it is matched with (Kolkin et al. 2022)."""

import torch.nn.functional as F
from torch import Tensor

from ...settings import Settings
from ..columns import FINE, GRID, LAYERS, STRIDE, cosine_errors, squared_distance
from ..matching import Matches
from ..strength import photo_hold
from ..tiles import Whole
from .base import Measured, Term

FINE_SHARE = 0.3  # weight of the fine features' error beside the columns'
FREE = 0.5  # how much less is asked of the most salient places, so that eyes and mouths hold


class Neighbors(Term):
    """The mean of 1 - cosine between the picture's feature columns and those of the matched places, and the relative
    squared error of its fine features (whose size counts, so that flat places stay flat).

    Kolkin, Kucera, Paris, Sykora, Shechtman, Shakhnarovich 2022, "Neural neighbor style transfer", equation 1.
    """

    name = "neighbors"

    def weight(self, settings: Settings) -> float:
        """Above 0, strength raises it; below 0, it halves it at each step."""
        if settings.reference:
            return 0.0
        return settings.neighbor_weight * 2 ** (max(0.0, settings.strength) / 2 + min(0.0, settings.strength))

    def layers(self, settings: Settings) -> set[str]:
        return {*LAYERS, FINE}

    def sums(self, features: dict[str, Tensor], place: Whole, settings: Settings) -> list[Tensor]:
        """For each region: the sum of its columns' errors, of their weights, and the fine features' error."""
        found = []
        for region, matches in zip(self.scene.regions, self.scene.matches, strict=True):
            targets = place.of(matches.targets, STRIDE)[0].flatten(1).T
            errors = cosine_errors(matches.columns.rows(features, place), targets)
            weights = place.of(self.weights(region.mask, matches.grid, settings), STRIDE).flatten()
            found += [(errors * weights).sum(), weights.sum(), self._fine_error(features, region.mask, matches)]
        return found

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        total = image.new_zeros(())
        for n, part in enumerate(self.scene.region_parts):
            errors, weights, fine = sums[3 * n : 3 * n + 3]
            total = total + part * (errors / weights.clamp(min=1e-6) + FINE_SHARE * fine)
        return Measured(total)

    def weights(self, mask: Tensor | None, grid: tuple[int, int], settings: Settings) -> Tensor:
        """(1, 1, h, w): how much each position counts; strength above 0 takes from what salient places are spared."""
        spared = F.interpolate(self.scene.salience, size=grid, mode="bilinear")
        pooled = self.scene.pooled(mask, GRID)
        weights = 1 - FREE * photo_hold(settings) * spared
        return weights if pooled is None else weights * pooled

    def _fine_error(self, features: dict[str, Tensor], mask: Tensor | None, matches: Matches) -> Tensor:
        """The mean squared error of the fine features over the variance of the styles' own; 0 in tiles."""
        f = features[FINE]
        if matches.fine is None:
            return f.new_zeros((), dtype=f.dtype).float()
        metric, target, count = self.scene.network.metric(FINE), matches.fine, float(f[0, 0].numel())
        if (pooled := self.scene.pooled(mask, FINE)) is not None:
            root = pooled.sqrt().to(f.dtype)
            f, target, count = f * root, target * root, max(1.0, float(pooled.sum()))
        return squared_distance(f, target, metric) / (matches.fine_energy * count)
