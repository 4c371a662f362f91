"""Palette: the colours of the style and no others, by sliced optimal transport."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...settings import Settings
from .. import transport
from ..networks import halved
from ..scene import Scene
from ..strength import style_share
from .base import Measured, Term

PIXELS = 25_000  # to which pictures are averaged down before their colours are compared
DIRECTIONS = 12
MIN_VARIANCE = 1e-3  # of a palette; pixels are in [0, 1]


class Palette(Term):
    """The sliced Wasserstein-2 distance of the picture's colours to the style's, over the style's variance.

    Pitie, Kokaram, Dahyot 2007, "Automated colour grading using colour distribution transfer"; as a loss, Heitz et al.
    2021, "A sliced Wasserstein loss for neural texture synthesis".
    """

    name = "palette"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        pixels = scene.photo.shape[2] * scene.photo.shape[3]
        self.halvings = 0
        while pixels > PIXELS * 4**self.halvings:
            self.halvings += 1
        self._targets: dict[tuple[int, float | None], Tensor] = {}

    def weight(self, settings: Settings) -> float:
        return 0.0 if settings.reference else settings.palette_weight

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        total = image.new_zeros(())
        for n, (region, part) in enumerate(zip(self.scene.regions, self.scene.region_parts, strict=True)):
            target = self.target(n, None if settings.keep_colors else settings.photo_proportions)
            variance = target.var(1).mean().clamp(min=MIN_VARIANCE)
            if (share := style_share(settings)) < 1:
                target = torch.lerp(self.target(n, None), target, share)
            colors = transport.inside(self._projected(image), region.mask, self.halvings)
            total = total + part * transport.error(colors, target, variance)
        return Measured(total)

    @torch.no_grad()
    def target(self, region: int, proportions: float | None) -> Tensor:
        """(DIRECTIONS, LEVELS) quantiles of the styles' colours; None: of the photo's."""
        if (region, proportions) not in self._targets:
            where = self.scene.regions[region]
            if proportions is None:
                own = transport.inside(self._projected(self.scene.photo), where.mask, self.halvings)
                found = transport.quantiles(own)
            else:
                each = [self._quantiles(style, region, n, proportions) for n, style in enumerate(where.styles)]
                found = transport.mixed(each, list(where.shares))
            self._targets[region, proportions] = found
        return self._targets[region, proportions]

    def _quantiles(self, style: Tensor, region: int, number: int, proportions: float) -> Tensor:
        """The quantiles of a style's colours, weighted by how often its places are matched."""
        weights = self.scene.pixel_weights(region, number, proportions)
        pooled = None if weights is None else self._pooled(weights)
        return transport.quantiles(self._projected(style)[0].flatten(1), pooled)

    def _pooled(self, image: Tensor) -> Tensor:
        for _ in range(self.halvings):
            if min(image.shape[2:]) > 1:
                image = halved(image)
        return image

    def _projected(self, image: Tensor) -> Tensor:
        """(1, DIRECTIONS, h, w): the pixels, means of blocks so that every pixel counts, on several directions."""
        pooled = self._pooled(image)
        return F.conv2d(pooled, transport.directions(DIRECTIONS, image.device)[:, :, None, None])
