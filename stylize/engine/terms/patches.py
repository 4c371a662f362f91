"""Patches: pixels as the matched patches of the style have them."""

import torch
from torch import Tensor

from ...settings import Settings
from ..color import opponent
from ..matching import Matches
from ..networks import overlapping
from ..scene import Scene
from ..strength import patch_share
from .base import Measured, Term

LEVELS = 3  # the picture, half and a quarter of its size
# Chosen by eye on published pairs and portraits. NOISE 0.03 and 0.08 looked alike; with FREE 0.5 eyes took motifs.
NOISE = 0.05  # standard deviation of pixels (0 to 1) within which patches count as agreeing
FREE = 0.8  # part by which the weight is reduced where the photo holds firmly


class Patches(Term):
    """The squared error of pixels to the mean of the patches that cover them, over the variance of these patches.

    Where patches agree, the painting takes the style's own colours and brushwork; where they do not, the other terms
    decide. Without it, colours were greyer than the style's, edges had coloured fringes, and motifs were incomplete.
    Kwatra, Essa, Bobick, Kwatra 2005, "Texture optimization for example-based synthesis", whose means this compares
    with; here matches are by features of a network, and Adam moves the picture there.
    """

    name = "patches"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._targets: dict[int, tuple[Matches, Tensor, Tensor]] = {}

    def weight(self, settings: Settings) -> float:
        return settings.patch_weight * patch_share(settings)

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        """With the photo's colours kept, brightness alone is compared."""
        total, found = image.new_zeros(()), opponent(image)
        for n, part in enumerate(self.scene.region_parts):
            target, trust = self.target(n)
            error = found - target
            for level in range(LEVELS):
                if level:
                    error, trust = overlapping(error), overlapping(trust)
                squares = error[:, :1].square() if settings.keep_colors else error.square().sum(1, keepdim=True)
                total = total + part * (squares * trust).sum() / trust.numel()
        return Measured(total / LEVELS)

    @torch.no_grad()
    def target(self, region: int) -> tuple[Tensor, Tensor]:
        """(1, 3, H, W) opponent colours of the patches, and (1, 1, H, W) how much each pixel counts."""
        matches = self.scene.matches[region]
        if region not in self._targets or self._targets[region][0] is not matches:
            where = self.scene.regions[region]
            mean, variance = self.scene.votes[region]
            trust = 1 / (variance.mean(1, keepdim=True) + NOISE**2)
            trust *= 1 - FREE * self.scene.held.firm
            if where.mask is not None:
                trust *= where.mask / where.mask.mean().clamp(min=1e-6)
            self._targets[region] = matches, opponent(mean), trust
        return self._targets[region][1:]
