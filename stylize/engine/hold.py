"""Hold: how much of the photo is kept at each place, by its salience and its similarity to the styles."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from .color import opponent
from .columns import LAYERS, on_grid, on_pixels
from .matching import averaged
from .salience import local_spread

if TYPE_CHECKING:
    from .scene import Scene

# Chosen by eye on published pairs and portraits, with mean cosines of .45 (a door and stained glass) to .75 (owls and
# flowers) between the photo's features and those of the matched places.
# LIKE is the cosine where similarity begins, UNLIKE where dissimilarity ends, RANGE the width of both ramps. With 0.5
# and 0.55 an eye or the nose was lost in three of four portraits.
LIKE, UNLIKE, RANGE = 0.6, 0.7, 0.2
SALIENT_HOLD = 0.7  # how much of this the most salient place keeps where the styles have something similar
NEAR = 5  # positions, side of the area whose cosines are averaged
PLAIN, PLAIN_RANGE = 0.06, 0.1  # Weber contrast up to which a place has no structure to hold: a sky or a wall; with
# 0.03 the folds of a cloth were held, and its mosaic was lost
DARK = 0.02  # added to the brightness that contrast is divided by


@dataclass(frozen=True)
class Hold:
    """Two maps of the photo, (1, 1, H, W) in [0, 1] each."""

    firm: Tensor  # where its structure is held more, and less is asked of patches and neighbours
    weight: Tensor  # of its content, structure and detail: less where the styles have something similar

    def resized(self, height: int, width: int) -> "Hold":
        """Return the same maps at another size."""
        return Hold(*(F.interpolate(x, size=(height, width), mode="bilinear") for x in (self.firm, self.weight)))


@torch.no_grad()
def hold(scene: "Scene") -> Hold:
    """Compare the photo with the places of the styles that it is matched with.

    Owls and flowers are similar, so whole flowers may replace feathers. A carved door is unlike all of a stained-glass
    window; without its structure it would be lost in a jumble of panes.
    """
    features = scene.features(scene.guide, set(LAYERS))
    cosines = torch.stack([region.cosines(features) for region in scene.matches])  # (regions, P)
    masks = torch.stack([region.weights for region in scene.matches])
    grid = scene.matches[0].grid
    cosine = (cosines * masks).sum(0) / masks.sum(0).clamp(min=1e-6)
    cosine = averaged(cosine.view(1, 1, *grid), NEAR)
    like = ((cosine - LIKE) / RANGE).clamp(0, 1)
    unlike = ((UNLIKE - cosine) / RANGE).clamp(0, 1) * structured(scene.photo, grid)
    like, unlike = (on_pixels(x, *scene.size) for x in (like, unlike))
    firm = scene.salience * (1 - (1 - SALIENT_HOLD) * like) + (1 - scene.salience) * unlike
    return Hold(firm, 1 - like * (1 - SALIENT_HOLD * scene.salience))


def structured(photo: Tensor, grid: tuple[int, int]) -> Tensor:
    """(1, 1, h, w) in [0, 1]: 0 where the photo is plain. Contrast is relative to brightness, as eyes see it."""
    mean, spread = local_spread(opponent(photo)[:, :1])
    return ((on_grid(spread / (mean + DARK), grid) - PLAIN) / PLAIN_RANGE).clamp(0, 1)
