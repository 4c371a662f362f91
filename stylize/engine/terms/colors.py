"""Colors: each area takes the mean colour of the places of the style that it is matched with."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...settings import Settings
from ..color import opponent
from ..columns import STRIDE
from ..matching import Matches
from ..networks import halved
from ..scene import Scene
from ..strength import style_share
from .base import Measured, Term

BLUR = 7  # kernel size of the box blur, in blocks of 4 x 4 px; it is applied twice
LIGHT = 0.5  # how much brightness counts beside each of the two colour differences
MIN_VARIANCE = 1e-3  # of a style's colours; pixels are in [0, 1]


class Colors(Term):
    """The squared error of blurred colours to those of the matched places, over the variance of the styles' colours.

    The palette says which colours there are, not where: without this term plain skies got green and violet stains, as
    deep features hardly tell dark hues apart. Its weight is palette_weight times photo_proportions; of 0.1, 0.3, 1 and
    3 times palette_weight, 3 averaged the colours of motifs away.
    """

    name = "colors"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.masks = [None if region.mask is None else halved(halved(region.mask)) for region in scene.regions]
        self._targets: dict[int, tuple[Matches, Tensor, Tensor]] = {}

    def weight(self, settings: Settings) -> float:
        if settings.reference or settings.keep_colors:
            return 0.0
        return settings.palette_weight * settings.photo_proportions * style_share(settings)

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        total, found = image.new_zeros(()), blocks(image)
        for n, (mask, part) in enumerate(zip(self.masks, self.scene.region_parts, strict=True)):
            target, variance = self.target(n)
            error = (blurred(found, mask) - target).square()
            error = (LIGHT * error[:, :1] + error[:, 1:].sum(1, keepdim=True)) / variance
            mean = error.mean() if mask is None else (error * mask).sum() / mask.sum().clamp(min=1e-6)
            total = total + part * mean
        return Measured(total / 3)

    @torch.no_grad()
    def target(self, region: int) -> tuple[Tensor, Tensor]:
        """(1, 3, H / 4, W / 4) opponent colours of the matched places, blurred, and their variance in the styles."""
        matches = self.scene.matches[region]
        if region not in self._targets or self._targets[region][0] is not matches:
            looks = torch.cat([torch.cat(look, 1) for look in self.scene.matchers[region].looks])  # (places, 3)
            colors, edge = looks[matches.index].T.reshape(1, 3, *matches.grid), self.scene.margin // STRIDE
            inside = colors[:, :, edge : colors.shape[2] - edge, edge : colors.shape[3] - edge]
            size = blocks(self.scene.photo).shape[2:]
            target = blurred(F.interpolate(inside, size=size, mode="bilinear"), self.masks[region])
            self._targets[region] = matches, target, looks.var(0).mean().clamp(min=MIN_VARIANCE)
        return self._targets[region][1:]


def blocks(image: Tensor) -> Tensor:
    """(1, 3, H / 4, W / 4): mean opponent colours of 4 x 4 px."""
    return opponent(halved(halved(image)))


def blurred(colors: Tensor, mask: Tensor | None = None) -> Tensor:
    """The mean over an area around each block, of what lies inside the mask (1, 1, H / 4, W / 4)."""
    if mask is not None:
        return blurred(colors * mask) / blurred(mask).clamp(min=1e-3)
    for _ in range(2):
        colors = F.avg_pool2d(F.pad(colors, (BLUR // 2,) * 4, mode="replicate"), BLUR, 1)
    return colors
