"""Neighbours: each place looks like the place of the style that it is matched with (Kolkin et al. 2022)."""

from functools import cached_property

from torch import Tensor

from ...settings import Settings
from ..columns import GRID, LAYERS, STRIDE, cosine_errors, on_grid
from ..strength import photo_hold
from ..tiles import Whole
from .base import Measured, Term

FREE = 0.5  # how much less is asked where the photo holds firmly, so that eyes and mouths remain


class Neighbors(Term):
    """The mean of 1 - cosine between the picture's feature columns and those of the matched places.

    Kolkin, Kucera, Paris, Sykora, Shechtman, Shakhnarovich 2022, "Neural neighbor style transfer", equation 1.
    """

    name = "neighbors"

    def weight(self, settings: Settings) -> float:
        """Above 0, strength raises it; below 0, it halves it at each step."""
        if settings.reference:
            return 0.0
        return settings.neighbor_weight * 2 ** (max(0.0, settings.strength) / 2 + min(0.0, settings.strength))

    def layers(self, settings: Settings) -> set[str]:
        return set(LAYERS)

    def sums(self, features: dict[str, Tensor], place: Whole, settings: Settings) -> list[Tensor]:
        """For each region the sum of its errors, and of their weights."""
        found = []
        for region, matches in zip(self.scene.regions, self.scene.matches, strict=True):
            targets = place.of(matches.targets, STRIDE)[0].flatten(1).T
            errors = cosine_errors(matches.columns.rows(features, place), targets)
            weights = place.of(self.weights(region.mask, settings), STRIDE).flatten()
            found += [(errors * weights).sum(), weights.sum()]
        return found

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        parts = zip(self.scene.region_parts, sums[::2], sums[1::2], strict=True)
        errors = (part * total / weight.clamp(min=1e-6) for part, total, weight in parts)
        return Measured(sum(errors, start=image.new_zeros(())))

    @cached_property
    def firm(self) -> Tensor:
        """(1, 1, h, w): where the photo holds firmly, at each position."""
        return on_grid(self.scene.held.firm, self.scene.matches[0].grid)

    def weights(self, mask: Tensor | None, settings: Settings) -> Tensor:
        """(1, 1, h, w): how much each position counts. Strength above 0 takes from what firm places are spared."""
        pooled = self.scene.pooled(mask, GRID)
        weights = 1 - FREE * photo_hold(settings) * self.firm
        return weights if pooled is None else weights * pooled
