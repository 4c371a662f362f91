"""The objective at one size: what the painting should become, and how far an image is from it."""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from . import losses
from .networks import STYLE_LAYERS, Network, reflected
from .settings import Settings

# px, of the picture mirrored around it. A network's own edges, where it sees padding, are a cheap place for what the
# style has and the photo has not: a bright frame would be painted there.
MARGIN = 8


@dataclass
class Losses:
    """One evaluation: scalars, those of the style by layer and unweighted; `content` is nan where its weight is 0."""

    content: Tensor
    style: dict[str, Tensor]
    total: Tensor
    terms: dict[str, Tensor] = field(default_factory=dict)  # the other terms by name, unweighted


class Objective:
    """Targets computed once from the content and the styles, (1, 3, H, W) each; calling it compares an image."""

    def __init__(
        self,
        network: Network,
        photo: Tensor,
        styles: list[tuple[Tensor, float]],
        mask: Tensor | None,
        settings: Settings,
    ) -> None:
        """`styles` are pairs of image and weight; `mask` (1, 1, H, W) is 1 where the style goes."""
        self.network, self.mask, self.settings = network, mask, settings
        self.margin = 0 if settings.reference else MARGIN
        self.style: dict[str, Tensor] = {}
        with torch.no_grad():
            whole = sum(weight for _, weight in styles)
            for image, weight in styles:
                for name, f in self.features(image, content=False).items():
                    self.style[name] = self.style.get(name, 0) + weight / whole * self.gram(name, f)
            self.content = self.features(photo, style=False).get(settings.content_layer)
        if settings.reference:
            return
        # Errors are relative to their targets: 0 when alike, about 1 when unrelated, at any size and layer.
        self.norms = {name: gram.norm().clamp(min=1e-4).item() for name, gram in self.style.items()}
        self.style = {name: gram / self.norms[name] for name, gram in self.style.items()}
        if self.content is not None:
            metric, nothing = network.metric(settings.content_layer), torch.zeros_like(self.content)
            self.energy = losses.feature_error(self.content, nothing, metric).clamp(min=1e-8).item()

    def __call__(self, image: Tensor) -> Losses:
        """The losses of `image` (1, 3, H, W), differentiable: content, style by layer, and their weighted sum."""
        s = self.settings
        features = self.features(image)
        content = image.new_tensor(float("nan"))
        terms = []
        if self.content is not None:
            content = self.content_loss(features[s.content_layer], self.content)
            terms.append(s.content_weight * content)
        style = {name: self.style_loss(name, features[name]) for name in self.style}
        terms += [s.style_weight * self.layer_weights[name] * loss for name, loss in style.items()]
        if s.tv_weight:
            terms.append(s.tv_weight * losses.total_variation(image))
        # Where every weight is 0, the picture stays as it is.
        return Losses(content, style, sum(terms, start=image.new_zeros(())) if terms else 0 * image.sum())

    def content_loss(self, features: Tensor, target: Tensor) -> Tensor:
        if self.settings.reference:
            return losses.squared_error(features, target)
        return losses.feature_error(features, target, self.network.metric(self.settings.content_layer), 1 / self.energy)

    def style_loss(self, name: str, features: Tensor) -> Tensor:
        f, positions = self.masked(features)
        if self.settings.reference:
            return losses.squared_error(losses.gram(f) * (features[0, 0].numel() / positions), self.style[name])
        scale = 1 / (positions * self.norms[name])
        return losses.gram_error(f, self.style[name], self.network.metric(name), scale)

    def gram(self, name: str, features: Tensor) -> Tensor:
        """Raw in the study; in the live recipe, a mean over positions, as the network measures it."""
        gram, metric = losses.gram(features), self.network.metric(name)
        if not self.settings.reference:
            gram = gram / features[0, 0].numel()
        return gram if metric is None else metric @ gram @ metric

    def masked(self, features: Tensor) -> tuple[Tensor, float]:
        """The features, weighed by the mask, and how many positions they count for.

        Gatys et al. 2017, "Controlling perceptual factors in neural style transfer", its guided Gram matrices.
        """
        if self.mask is None:
            return features, features[0, 0].numel()
        whole = reflected(self.mask, self.margin)
        part = F.adaptive_avg_pool2d(whole, (features.shape[-2], features.shape[-1]))
        positions = part.sum().clamp(min=1e-6).item()  # a speck of a mask may vanish when small
        return features * part.sqrt().to(features.dtype), positions

    @property
    def layer_weights(self) -> dict[str, float]:
        """Of the style layers that are compared: no work is done for a weight of 0."""
        weights = zip(STYLE_LAYERS, self.settings.style_layer_weights, strict=True)
        return {name: weight for name, weight in weights if weight and self.settings.style_weight}

    def features(self, image: Tensor, content: bool = True, style: bool = True) -> dict[str, Tensor]:
        """The layers whose weight is not 0, in one pass."""
        s = self.settings
        wanted = {*(self.layer_weights if style else ()), *([s.content_layer] if content and s.content_weight else ())}
        if not wanted:
            return {}
        return self.network(image.to(next(self.network.parameters()).dtype), tuple(wanted), self.margin)
