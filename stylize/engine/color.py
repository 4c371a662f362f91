"""Opponent colours and the bands of a Laplacian pyramid."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import halved


def opponent(image: Tensor) -> Tensor:
    """(N, 3, H, W) RGB as brightness (Rec. 601), red - brightness, blue - brightness."""
    red, green, blue = image.unbind(1)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([light, red - light, blue - light], 1)


def laplacian_bands(image: Tensor, levels: int) -> list[Tensor]:
    """The finest bands of a Laplacian pyramid, (N, C, H / 2^k, W / 2^k): each pixel less the mean of its four
    neighbours, the image reflected at its border. Burt & Adelson 1983."""
    bands = []
    for level in range(levels):
        if min(image.shape[2:]) < (2 if level == 0 else 8):  # too small to have the band
            break
        p = F.pad(image, (1, 1, 1, 1), mode="reflect")
        around = p[:, :, :-2, 1:-1] + p[:, :, 2:, 1:-1] + p[:, :, 1:-1, :-2] + p[:, :, 1:-1, 2:]
        bands.append(image - around / 4)
        image = halved(image) if level + 1 < levels else image
    return bands
