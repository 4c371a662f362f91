"""Style: Gram matrices of features (Gatys, Ecker, Bethge 2015, equations 3 to 5)."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ...facts import STYLE_LAYERS
from ...settings import Settings
from .. import tiles
from ..scene import Scene
from ..strength import style_share
from .base import Measured, Term

BLOCK = 128  # positions whose products are summed in the features' own precision
BLOCKED = 8192  # positions from which that is exact enough, the errors of many blocks averaging out


class Gram(Term):
    """The squared error of the Gram matrices of five layers, each relative to the norm of the style's own.

    Features are weighted by the region's mask (guided Gram matrices: Gatys et al. 2017, "Controlling perceptual factors
    in neural style transfer") and, in the target, by how often each place of the style is matched.
    """

    name = "style"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._targets: dict[tuple[Any, ...], Tensor] = {}

    def weight(self, settings: Settings) -> float:
        """In the reference recipe each step of strength doubles it."""
        if not layer_weights(settings):
            return 0.0
        return settings.style_weight * (2**settings.strength if settings.reference else 1)

    def layers(self, settings: Settings) -> set[str]:
        return set(layer_weights(settings))

    def sums(self, features: dict[str, Tensor], place: tiles.Whole, settings: Settings) -> list[Tensor]:
        """For each region and layer its Gram matrix, a sum over positions, and the sum of its mask."""
        found = []
        for region in self.scene.regions:
            for layer in layer_weights(settings):
                found += weighted_gram(features[layer], layer, place, self.scene.pooled(region.mask, layer))
        return found

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        weights, given = layer_weights(settings), iter(sums)
        parts = dict.fromkeys(weights, image.new_zeros(()))
        for n, part in enumerate(self.scene.region_parts):
            for layer in weights:
                gram, positions = next(given), next(given)
                parts[layer] = parts[layer] + part * self._error(n, layer, gram / positions.clamp(min=1e-6), settings)
        return Measured(sum((weights[k] * loss for k, loss in parts.items()), start=image.new_zeros(())), parts)

    def _error(self, region: int, layer: str, gram: Tensor, settings: Settings) -> Tensor:
        """Of one layer; `gram` is a mean over positions."""
        target = self.target(region, layer, settings)
        if settings.reference:  # raw sums over as many positions as the content has, as in the study
            positions = self.scene.positions(layer)
            return ((gram - target) * positions).square().mean()
        norm = target.norm().clamp(min=1e-4).item()
        if (share := style_share(settings)) < 1:
            target = torch.lerp(self.target(region, layer, settings, of_photo=True), target, share)
        return ((self._measured(layer, gram) - target) / norm).square().sum()

    def _measured(self, layer: str, gram: Tensor) -> Tensor:
        """(1, C, C): in the network's metric."""
        metric = self.scene.network.metric(layer)
        return gram if metric is None else metric @ gram @ metric

    @torch.no_grad()
    def target(self, region: int, layer: str, settings: Settings, of_photo: bool = False) -> Tensor:
        """(1, C, C): the styles' Gram matrix in their shares, or the photo's own; a mean over positions."""
        proportions = 0.0 if of_photo else settings.photo_proportions
        key = region, of_photo, proportions
        if (key, layer) not in self._targets:
            layers = tuple(n for n in layer_weights(settings) if (key, n) not in self._targets)
            where = self.scene.regions[region]
            images = [(self.scene.photo, 1.0)] if of_photo else list(zip(where.styles, where.shares, strict=True))
            for n, (image, share) in enumerate(images):
                map_ = None if of_photo else self.scene.match_weights(region, n, proportions)
                for name, gram in self._mean_grams(image, layers, map_).items():
                    total = self._targets.get((key, name), 0)
                    self._targets[key, name] = total + share * self._measured(name, gram)
        return self._targets[key, layer]

    def _mean_grams(self, image: Tensor, layers: tuple[str, ...], weights: Tensor | None) -> dict[str, Tensor]:
        """{layer: (1, C, C)}: means over positions, weighted by a map (1, 1, h, w) if given."""

        def measure(features: dict[str, Tensor], place: tiles.Whole) -> list[Tensor]:
            found = []
            for name in layers:
                size = self.scene.grid(image, name)
                map_ = None if weights is None else F.interpolate(weights, size=size, mode="bilinear")
                found += weighted_gram(features[name], name, place, map_)
            return found

        sums = iter(self.scene.sums(image, set(layers), measure))
        return {name: next(sums) / next(sums).clamp(min=1e-6) for name in layers}


def layer_weights(settings: Settings) -> dict[str, float]:
    """The style layers that are compared: those with a weight."""
    weights = zip(STYLE_LAYERS, settings.style_layer_weights, strict=True)
    return {name: weight for name, weight in weights if weight}


def weighted_gram(features: Tensor, layer: str, place: tiles.Whole, weights: Tensor | None) -> list[Tensor]:
    """[(1, C, C), scalar]: the Gram matrix of the features at a place and the sum of weights (of the whole's map)."""
    f = place.core(features, tiles.stride(layer))
    if weights is None:
        return [gram_matrix(f), f.new_tensor(float(f[0, 0].numel()), dtype=torch.float32)]
    part = place.of(weights, tiles.stride(layer))
    return [gram_matrix(f * part.sqrt().to(f.dtype)), part.sum()]


def gram_matrix(features: Tensor) -> Tensor:
    """(N, C, C), float32: the raw Gram matrix F F^T of (N, C, H, W) features, divided by nothing (equation 3)."""
    return _Gram.apply(features)


class _Gram(torch.autograd.Function):
    """With a gradient by one large product where autograd takes two and their sum: a tenth of an iteration."""

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        return _products(_rows(features))

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        rows = _rows(features) @ (grad + grad.transpose(1, 2)).to(features.dtype)
        return rows.transpose(1, 2).view_as(features)


def _rows(features: Tensor) -> Tensor:
    """(N, C, H, W) as (N, HW, C), without a copy where they are channels_last."""
    return features.flatten(2).transpose(1, 2)


def _products(rows: Tensor) -> Tensor:
    """F^T F of (N, HW, C), float32.

    A bfloat16 product over all positions would round the sum to 3 digits, which the network's metric then magnifies;
    summed in blocks it keeps one more, at a fifth of the time of float32.
    """
    n, positions, channels = rows.shape
    if rows.dtype == torch.float32 or positions < BLOCKED:
        rows = rows.float()
        return rows.transpose(1, 2) @ rows
    whole = positions // BLOCK * BLOCK
    blocks = rows[:, :whole].reshape(-1, BLOCK, channels)
    rest = rows[:, whole:].float()
    sums = (blocks.transpose(1, 2) @ blocks).view(n, -1, channels, channels).sum(1, dtype=torch.float32)
    return sums + rest.transpose(1, 2) @ rest
