"""Enlarging: how a painting begins at the next size, with the photo's finest detail and that of the matched patches."""

import torch
from torch import Tensor

from .color import ColorAxes
from .hold import Hold
from .networks import halved
from .scene import Scene
from .tensors import resize

DETAIL = 0.5  # part of the photo's finest detail that is put back; with 0.3 edges were soft, with 1 fur hid motifs
# Part of the patches' finest detail, and of their colours where they agree; without them lines were soft and flat areas
# lacked the style's texture, since few iterations are left at the last size.
FINE, COARSE = 0.6, 0.5
AGREE = 0.1  # standard deviation of pixels (0 to 1) within which patches count as agreeing
FREE = 0.8  # part by which colours are reduced where the photo holds firmly


def with_photo_detail(
    image: Tensor, photo: Tensor, photo_before: Tensor, held: Hold, share: float, axes: ColorAxes | None
) -> Tensor:
    """(1, 3, H, W): the image enlarged, with the detail that `photo` has and `photo_before`, a smaller one, lacks.

    It tells where edges are (Kolkin et al. 2022). Its colours are reduced to those of the styles' detail. All of it is
    put back where the photo holds firmly; DETAIL of it elsewhere, since fur or leaves would hide the style's motifs.
    """
    size = photo.shape[3], photo.shape[2]
    detail = photo - resize(photo_before, size)
    held = held.resized(*photo.shape[2:])
    part = share * held.weight * (DETAIL + (1 - DETAIL) * held.firm)
    return (resize(image, size) + part * (axes.to_rgb(axes.of(detail)) if axes else detail)).clamp(0, 1)


@torch.no_grad()
def with_patches(image: Tensor, scene: Scene, share: float) -> Tensor:
    """(1, 3, H, W): the image with the finest detail of the matched patches, and their colours where they agree."""
    result, size = image.clone(), (image.shape[3], image.shape[2])
    for (mean, variance), region in zip(scene.votes, scene.regions, strict=True):
        agreed = AGREE**2 / (variance.mean(1, keepdim=True) + AGREE**2) * (1 - FREE * scene.held.firm)
        smooth = resize(halved(mean), size)
        change = FINE * (mean - smooth) + COARSE * agreed * (smooth - resize(halved(image), size))
        result += share * (change if region.mask is None else region.mask * change)
    return result.clamp(0, 1)
