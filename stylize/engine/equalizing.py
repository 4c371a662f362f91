"""Equalising: the local contrast of the photo is raised where it is low, before the photo is compared.

The network's features are in proportion to contrast. The panels of a dark door or an eye in the shade have a tenth of
the contrast of the rest, and motifs of the style replaced them. Gains are limited, as in Zuiderveld 1994, "Contrast
limited adaptive histogram equalization"; here standard deviations are compared, not histograms.
"""

import torch
from torch import Tensor

from .color import opponent
from .salience import local_mean

# Chosen by eye on the published pairs: with a window of 0.05 and gains up to 2.5 the door's panels were less clear. On
# 44 pairs three blind judges preferred neither with nor without (64 of 132 votes with a variant that equalised the
# detail added at each size too, 59 with all of the photo equalised). All three preferred our portrait after Picasso to
# the published one; without, none of them did, and one of three before.
WINDOW = 0.025  # side of the area over which contrast is measured, as a part of the photo's longer side
CONTRAST, MOST = 1.6, 4.0  # times the photo's mean contrast up to which it is raised, and the largest gain
NOISE = 0.012  # standard deviation of brightness up to which contrast is noise; fully structure from twice as much on


@torch.no_grad()
def equalized(photo: Tensor, part: Tensor) -> Tensor:
    """(1, 3, H, W): the photo with the contrast of its brightness equalised, by `part` (1, 1, H, W) in [0, 1]."""
    side = 2 * round(WINDOW * max(photo.shape[2:]) / 2) + 1
    light = opponent(photo)[:, :1]
    detail = light - _smoothed(light, side)
    spread = _smoothed(detail.square(), side).sqrt()
    gain = (CONTRAST * spread.mean() / spread.clamp(min=1e-4)).clamp(1, MOST) - 1
    gain = _smoothed(gain * (spread / NOISE - 1).clamp(0, 1), side)
    return (photo + part * gain * detail).clamp(0, 1)


def _smoothed(x: Tensor, side: int) -> Tensor:
    """Three box filters, nearly a Gaussian."""
    for _ in range(3):
        x = local_mean(x, side)
    return x
