"""The objective at one size: what the painting should become, and how far an image is from it."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from . import losses
from .networks import STYLE_LAYERS, Network
from .settings import Settings

MARGIN = 8  # px


@dataclass
class Losses:
    """One evaluation: scalars, those of the style by layer and unweighted; `content` is nan where its weight is 0."""

    content: Tensor
    style: dict[str, Tensor]
    total: Tensor


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
        self.style: dict[str, Tensor] = {}
        with torch.no_grad():
            whole = sum(weight for _, weight in styles)
            for image, weight in styles:
                for name, gram in self.grams(self.features(image, content=False)).items():
                    self.style[name] = self.style.get(name, 0) + weight / whole * gram
            self.content = self.subject(self.features(photo, style=False))

    def __call__(self, image: Tensor) -> Losses:
        """The losses of `image` (1, 3, H, W), differentiable: content, style by layer, and their weighted sum."""
        s = self.settings
        error = losses.squared_error if s.plain else losses.relative_error
        features = self.features(image)
        total = 0 * image.sum()  # where every weight is 0, the picture stays as it is
        content = image.new_tensor(float("nan"))
        if (subject := self.subject(features)) is not None and self.content is not None:
            content = error(subject, self.content)
            total = total + s.content_weight * content
        style = {name: error(gram, self.style[name]) for name, gram in self.grams(features, self.mask).items()}
        for name, loss in style.items():
            total = total + s.style_weight * self.layer_weights[name] * loss
        if s.smoothness:
            total = total + s.smoothness * losses.smoothness(image)
        return Losses(content, style, total)

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
        x = image.to(next(self.network.parameters()).dtype)
        if not s.plain:
            x = widened(x).contiguous(memory_format=torch.channels_last)
        return self.network(x, tuple(wanted))

    def subject(self, features: dict[str, Tensor]) -> Tensor | None:
        """The content features, as the network measures them, or None where nothing is to be compared."""
        if (f := features.get(self.settings.content_layer)) is None or not self.settings.content_weight:
            return None
        metric = self.network.metric(self.settings.content_layer)
        return f if metric is None else torch.einsum("cd,ndhw->nchw", metric.to(f.dtype), f)

    def grams(self, features: dict[str, Tensor], mask: Tensor | None = None) -> dict[str, Tensor]:
        """By style layer: raw in the study; in the live recipe, a mean over positions, as the network measures it.

        A mask weighs the positions (Gatys et al. 2017, "Controlling perceptual factors", its guided Gram matrices).
        """
        grams = {}
        for name in self.layer_weights:
            f, metric = features[name], self.network.metric(name)
            positions = f[0, 0].numel()
            if mask is None:
                g = losses.gram(f)
            else:
                whole = mask if self.settings.plain else widened(mask)
                part = F.adaptive_avg_pool2d(whole, (f.shape[-2], f.shape[-1]))
                g = losses.gram(f * part.sqrt().to(f.dtype)) * (positions / part.sum())
            if not self.settings.plain:
                g = g / positions
            grams[name] = g if metric is None else metric @ g @ metric
        return grams


def widened(image: Tensor) -> Tensor:
    """The image (1, C, H, W) with what is inside its border reflected around it.

    A network's own edges, where it sees padding, are a cheap place for what the style has and the photo has not: a
    bright frame would be painted there.
    """
    across, down = min(MARGIN, image.shape[3] - 1), min(MARGIN, image.shape[2] - 1)
    return F.pad(image, (across, across, down, down), mode="reflect")
