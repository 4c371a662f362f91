"""Voting: the picture made of the styles' matched patches, averaged where they overlap."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .color import opponent
from .columns import MARGIN, STRIDE, on_grid
from .matching import Matches
from .networks import reflected

REACH = 2  # positions around each whose patches cover it; with 1 the seams between patches showed
SAME_SIDE = 0.05  # difference of brightness in the photo above which a patch hardly counts; with 0.1 edges were softer
LEAST = 0.01  # that a patch counts, so that each pixel has some
BORDER = MARGIN + STRIDE * (REACH + 2)  # px around a style, mirrored: as far as patches reach beyond it


@torch.no_grad()
def vote(matches: Matches, styles: tuple[Tensor, ...], photo: Tensor) -> tuple[Tensor, Tensor]:
    """The mean and variance, (1, 3, H, W) each, of what the matched patches have at each pixel.

    A patch reaches REACH positions beyond its own and counts less towards its edge, and little at pixels where the
    photo's brightness is not that of its centre: without it edges were stairs with halos (a joint bilateral filter,
    Petschnigg et al. 2004). What lies outside a style hardly counts. The variance is small where patches continue one
    another and large where they disagree.
    """
    (h, w), (height, width), device = matches.grid, matches.size, matches.index.device
    style, row, column = (x.view(h, w) for x in matches.places.where(matches.index))
    own = [F.pad(torch.ones_like(image[:, :1]), (BORDER,) * 4) for image in styles]  # 0 outside the style
    padded = [torch.cat([reflected(image, BORDER), inside], 1) for image, inside in zip(styles, own, strict=True)]
    pixels = torch.cat([image[0].flatten(1).T for image in padded])
    widths = torch.tensor([image.shape[3] for image in padded], device=device)
    counts = torch.tensor([image.shape[2] * image.shape[3] for image in padded], device=device)
    # For each position: the patch's pixel that covers (y, x) of the picture is row start + y * across + x of `pixels`.
    across, first = widths[style], (torch.cumsum(counts, 0) - counts)[style]
    down = (row - torch.arange(h, device=device)[:, None]) * STRIDE + BORDER
    right = (column - torch.arange(w, device=device)) * STRIDE + BORDER
    start = first + down * across + right
    y, x = torch.arange(height, device=device), torch.arange(width, device=device)
    light = opponent(photo)[:, :1]
    centers = on_grid(light, (h, w))[0, 0] / SAME_SIDE
    light = light[0, 0] / SAME_SIDE
    total, squares, weights = (torch.zeros(height, width, n, device=device) for n in (3, 3, 1))
    for dy in range(-REACH, REACH + 1):
        rows, near_y = _patch(y, dy, h)
        for dx in range(-REACH + (dy + REACH) % 2, REACH + 1, 2):  # every second patch, as on a checkerboard
            columns, near_x = _patch(x, dx, w)
            at = rows[:, None], columns
            index = start[at] + x
            index += y[:, None] * (across[at] if len(styles) > 1 else widths)
            value, inside = pixels[index].split((3, 1), 2)
            side = (centers[at] - light).square_().neg_().exp_().add_(LEAST)
            weight = (near_y[:, None] * near_x * side)[..., None] * (inside + LEAST)
            total.addcmul_(weight, value)
            squares.addcmul_(weight, value.square())
            weights += weight
    mean = total / weights
    variance = (squares / weights - mean.square()).clamp(min=0)
    return mean.permute(2, 0, 1)[None], variance.permute(2, 0, 1)[None]


def _patch(pixel: Tensor, offset: int, positions: int) -> tuple[Tensor, Tensor]:
    """Along one side, the position `offset` from each pixel's own, and how near its centre is, 0 to 1."""
    position = (pixel + MARGIN) // STRIDE + offset
    distance = pixel + MARGIN + 0.5 - (position + 0.5) * STRIDE
    return position.clamp(max=positions - 1), 1 - distance.abs() / (STRIDE * (REACH + 0.5) + 0.5)
