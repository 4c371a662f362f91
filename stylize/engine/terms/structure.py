"""Structure: light and dark lie within each neighbourhood as in the photo (the structure comparison of SSIM)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...settings import Settings
from ..color import opponent
from ..networks import overlapping
from ..salience import local_mean
from ..scene import Scene
from .base import Measured, Term

# Chosen by eye: with SHARE 0.7 subjects were lost in motifs, with 4 the photo's own fur and feathers stayed.
SHARE = 2.0  # its weight, as a multiple of content_weight
LEVELS = (1, 2, 3)  # halvings of the picture; without the first, eyes were soft
FIRM = 12.0  # how much more the places count where the photo holds firmly
FAINT = 0.3  # part of the mean contrast at which a place counts half; with 1 the panels of a dark door were lost
WINDOW = 7  # px of a level, side of a neighbourhood
NOISE = 0.01  # standard deviation of brightness that is no structure


class Structure(Term):
    """The mean of 1 - correlation of the picture's brightness with the photo's, over small windows, weighted by the
    photo's own contrast there.

    It holds eyes and edges and leaves colours, contrast and whatever the photo leaves flat to the style. Wang, Bovik,
    Sheikh, Simoncelli 2004, "Image quality assessment: from error visibility to structural similarity", equation 10.
    """

    name = "structure"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._photo: list[tuple[Tensor, Tensor, Tensor]] = []  # of each level: centred brightness, variance, weights

    def weight(self, settings: Settings) -> float:
        """Strength above 0 lowers it, as it does the content's."""
        if settings.reference:
            return 0.0
        return SHARE * settings.content_weight * 2 ** (-1.5 * max(0.0, settings.strength))

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        if not self._photo:
            self._photo = [(x, *self._weighted(x)) for x in levels(self.scene.guide)]
        total, count = image.new_zeros(()), 0
        for x, (photo, variance, weights) in zip(levels(image), self._photo, strict=True):
            both, own = local_mean(x * photo, WINDOW), local_mean(x.square(), WINDOW)
            correlation = both * ((own + NOISE**2) * (variance + NOISE**2)).rsqrt()
            total, count = total + ((1 - correlation) * weights).mean(), count + 1
        return Measured(total / max(1, count))

    @torch.no_grad()
    def _weighted(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """The local variance of the photo's centred brightness at a level, and how much each position counts."""
        variance = local_mean(photo.square(), WINDOW)
        contrast = variance.sqrt()
        held = self.scene.held.weight * (1 + FIRM * self.scene.held.firm)
        held = F.interpolate(held, size=photo.shape[2:], mode="bilinear")
        return variance, contrast / (contrast + FAINT * contrast.mean() + 1e-6) * held


def levels(image: Tensor) -> list[Tensor]:
    """(1, 1, h, w) of each level: brightness less its local mean."""
    light, found = opponent(image)[:, :1], []
    for level in range(1, max(LEVELS) + 1):
        if min(light.shape[2:]) < 2 * WINDOW:
            break
        light = overlapping(light)
        if level in LEVELS:
            found.append(light - local_mean(light, WINDOW))
    return found
