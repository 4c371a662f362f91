"""Content: the photo's features at one layer (Gatys, Ecker, Bethge 2015, equation 1)."""

from functools import cached_property

import torch
from torch import Tensor

from ...settings import Settings
from ..columns import squared_distance
from ..tiles import Whole, stride
from .base import Measured, Term


class Content(Term):
    """The squared error of features, relative to the energy of the photo's own; their mean in the reference recipe.

    Less where the styles have something similar, see hold.py.
    """

    name = "content"

    def weight(self, settings: Settings) -> float:
        """Strength above 0 lowers it."""
        return settings.content_weight * (1 if settings.reference else 2 ** (-1.5 * max(0.0, settings.strength)))

    def layers(self, settings: Settings) -> set[str]:
        return {settings.content_layer}

    def sums(self, features: dict[str, Tensor], place: Whole, settings: Settings) -> list[Tensor]:
        layer = settings.content_layer
        f, target = place.core(features[layer], stride(layer)), place.of(self.target(layer), stride(layer))
        if settings.reference:
            return [(f.float() - target.float()).square().mean()]
        weight = self.scene.pooled(self.scene.held.weight, layer)
        assert weight is not None
        root = place.of(weight.sqrt(), stride(layer)).to(f.dtype)
        return [squared_distance(f * root, target * root, self.scene.network.metric(layer))]

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        return Measured(sums[0] if settings.reference else sums[0] / self.energy(settings.content_layer))

    @torch.no_grad()
    def target(self, layer: str) -> Tensor:
        """(1, C, h, w): the photo's features."""
        if layer not in self._targets:
            self._targets[layer] = self.scene.features(self.scene.guide, {layer})[layer]
        return self._targets[layer]

    @torch.no_grad()
    def energy(self, layer: str) -> float:
        """The sum of squares of the target."""
        if layer not in self._energies:
            f = self.target(layer)
            error = squared_distance(f, torch.zeros_like(f), self.scene.network.metric(layer))
            self._energies[layer] = error.clamp(min=1e-8).item()
        return self._energies[layer]

    @cached_property
    def _targets(self) -> dict[str, Tensor]:
        return {}

    @cached_property
    def _energies(self) -> dict[str, float]:
        return {}
