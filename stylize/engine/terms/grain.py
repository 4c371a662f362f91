"""Grain: the finest detail as crisp or as smooth as the style's."""

import torch
from torch import Tensor

from ...settings import Settings
from .. import transport
from ..color import laplacian_bands, opponent
from ..networks import halved
from ..scene import Scene
from ..strength import style_share
from .base import Measured, Term

BANDS = 2  # the finest
COLOR_FLOOR = 0.05  # least variance of a band's colours, as a part of its brightness's
MIN_VARIANCE = 1e-5  # of a band; pixels are in [0, 1]


class Grain(Term):
    """The Wasserstein-2 distance of the two finest Laplacian bands of brightness and colour to the style's.

    The network averages 2 x 2 pixels and does not see this detail. Over the variance of each; that of a grey style's
    colours is next to nothing and would drown all other terms, hence COLOR_FLOOR.
    """

    name = "grain"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._targets: dict[tuple[int, float | None], list[Tensor]] = {}

    def weight(self, settings: Settings) -> float:
        return 0.0 if settings.reference else settings.grain_weight

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        total, bands, share = image.new_zeros(()), laplacian_bands(opponent(image), BANDS), style_share(settings)
        for n, (region, part) in enumerate(zip(self.scene.regions, self.scene.region_parts, strict=True)):
            targets = self.target(n, settings.photo_proportions)
            own = self.target(n, None) if share < 1 else targets
            for level, (band, target, photo) in enumerate(zip(bands, targets, own, strict=False)):
                if region.blurred(level):
                    continue
                variance = target.var(1, keepdim=True).clamp(min=MIN_VARIANCE)
                variance = variance.clamp(min=COLOR_FLOOR * variance[0])
                target = torch.lerp(photo, target, share) if share < 1 else target
                total = total + part * transport.error(transport.inside(band, region.mask, level), target, variance)
        return Measured(total)

    @torch.no_grad()
    def target(self, region: int, proportions: float | None) -> list[Tensor]:
        """[(3, LEVELS)] quantiles of the styles' bands; None: of the photo's."""
        if (region, proportions) not in self._targets:
            where = self.scene.regions[region]
            if proportions is None:
                bands = laplacian_bands(opponent(self.scene.photo), BANDS)
                found = [transport.quantiles(transport.inside(b, where.mask, n)) for n, b in enumerate(bands)]
            else:
                each = [self._quantiles(style, region, n, proportions) for n, style in enumerate(where.styles)]
                found = [transport.mixed(list(band), list(where.shares)) for band in zip(*each, strict=False)]
            self._targets[region, proportions] = found
        return self._targets[region, proportions]

    def _quantiles(self, style: Tensor, region: int, number: int, proportions: float) -> list[Tensor]:
        """The quantiles of each band of a style, weighted by how often its places are matched."""
        weights, found = self.scene.pixel_weights(region, number, proportions), []
        for band in laplacian_bands(opponent(style), BANDS):
            found.append(transport.quantiles(band[0].flatten(1), weights))
            weights = None if weights is None else halved(weights)
        return found
