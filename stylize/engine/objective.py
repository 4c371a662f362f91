"""The objective at one size: how far an image is from what the painting should become."""

from dataclasses import dataclass

from torch import Tensor

from ..settings import Settings
from .scene import Scene
from .terms import TERMS, Measured, Term
from .tiles import Whole


@dataclass
class Losses:
    """One evaluation: unweighted losses of the terms in use, the style's by layer, and their weighted total."""

    total: Tensor
    terms: dict[str, Tensor]
    style: dict[str, Tensor]

    def detached(self) -> "Losses":
        """Without their graph, so that a paused painting does not keep it in memory."""
        terms, style = ({name: loss.detach() for name, loss in of.items()} for of in (self.terms, self.style))
        return Losses(self.total.detach(), terms, style)


class Objective:
    """The weighted sum of the terms of the loss. `settings` may be replaced at any time by others of the same recipe,
    network and layers."""

    def __init__(self, scene: Scene, settings: Settings) -> None:
        self.scene, self.settings = scene, settings
        self.terms: list[Term] = [term(scene) for term in TERMS]

    def __call__(self, image: Tensor) -> Losses:
        """The losses of `image` (1, 3, H, W), differentiable."""
        settings = self.settings
        weights = {term.name: term.weight(settings) for term in self.terms}
        active = [term for term in self.terms if weights[term.name]]
        layers = {layer for term in active for layer in term.layers(settings)}
        lengths: list[int] = []

        def sums_of_terms(features: dict[str, Tensor], place: Whole) -> list[Tensor]:
            found = [term.sums(features, place, settings) for term in active]
            lengths[:] = map(len, found)
            return [value for values in found for value in values]

        sums = iter(self.scene.sums(image, layers, sums_of_terms))
        measured: dict[str, Measured] = {}
        for term, length in zip(active, lengths, strict=True):
            measured[term.name] = term.measure(image, [next(sums) for _ in range(length)], settings)
        # Where every weight is 0, the picture stays as it is.
        total = sum((weights[name] * m.loss for name, m in measured.items()), start=0 * image.sum())
        terms = {name: m.loss for name, m in measured.items()}
        return Losses(total, terms, measured["style"].parts if "style" in measured else {})
