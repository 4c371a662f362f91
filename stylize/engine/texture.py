"""Texture: the finished painting is mixed with what it becomes when composed of small patches of its styles.

After Kwatra, Essa, Bobick, Kwatra 2005, "Texture optimization for example-based synthesis". Matches here are of pixels,
where those of matching.py are of features: features decide which part of the style goes where, pixels give its lines
and brushwork. Adam leaves coloured fringes and noise, which no patch of a style has.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from .color import opponent
from .contrast import with_contrast
from .scene import Scene
from .search import Places, jittered, most_similar, refined

SIDE, STEP = 8, 2  # px of a patch, and between patches; with 12 and 16 px edges were soft, as with two rounds
COMPONENTS = 24  # principal components of the styles' patches that are compared
EXACT = 16384  # patches up to which all are compared with all
PASSES = 3  # of refinement; 12 looked alike
# Weights of the picture made of patches, for brightness and for colour; the rest is Adam's picture. Three blind judges
# compared them on 17 pairs with no patches at all: 1 and 1 won 13 of 51 votes, .6 and .6 won 30, and .7 and .9 with the
# fine contrast restored won 49. Colour is .8 for more of the style's colour grain.
LIGHT, COLOR = 0.7, 0.8
FREE = 0.6  # part by which both are reduced where the photo holds firmly; without it eyes lost their pupils


@torch.no_grad()
def with_texture(image: Tensor, scene: Scene, share: float) -> Tensor:
    """(1, 3, H, W): the image mixed with the patches of each region's styles, then raised to their contrast."""
    result = image.clone()
    for region in scene.regions:
        if region.blurred() or min(*image.shape[2:], *(min(s.shape[2:]) for s in region.styles)) <= SIDE:
            continue
        change = of_patches(image, region.styles) - image
        light = opponent(change)[:, :1]
        change = share * (1 - FREE * scene.held.firm) * (LIGHT * light + COLOR * (change - light))
        result += change if region.mask is None else region.mask * change
    return with_contrast(result, scene, share)


def of_patches(image: Tensor, styles: tuple[Tensor, ...]) -> Tensor:
    """(1, 3, H, W): the image composed of the styles' most similar patches, averaged where they overlap.

    Every n-th patch is compared with every n-th of the styles; those between continue its match, and all are refined by
    their neighbours' (Barnes et al. 2009, "PatchMatch").
    """
    filters = principal_filters(styles)
    features = [F.conv2d(style, filters, stride=STEP) for style in styles]
    places = Places(
        [(f.shape[2], f.shape[3]) for f in features], [(s.shape[2], s.shape[3]) for s in styles], image.device
    )
    keys = torch.cat([torch.cat([f, f.square().sum(1, keepdim=True)], 1)[0].flatten(1).T for f in features])
    padded = F.pad(image, (SIDE,) * 4, mode="reflect")
    own = F.conv2d(padded, filters, stride=STEP)
    grid = own.shape[2], own.shape[3]
    # The product of a query with a key is minus their squared distance, up to a constant.
    queries = torch.cat([2 * own, -torch.ones_like(own[:, :1])], 1)[0].flatten(1).T.contiguous()
    index = jittered(queries, keys, first_matches(queries, grid, keys, places), places)
    index = refined(queries, keys, index, grid, places, None, torch.zeros_like(queries[:, 0]), 0.0, PASSES)
    return mean_of_patches(index, grid, places, styles, padded)[:, :, SIDE:-SIDE, SIDE:-SIDE]


def principal_filters(styles: tuple[Tensor, ...]) -> Tensor:
    """(COMPONENTS, 3, SIDE, SIDE): the directions in which the styles' patches differ most."""
    patches = torch.cat([F.unfold(style, SIDE, stride=SIDE // 2 + 1)[0].T for style in styles])
    patches = patches - patches.mean(0)
    axes = torch.linalg.eigh((patches.T @ patches).cpu()).eigenvectors[:, -COMPONENTS:]
    return axes.T.reshape(-1, 3, SIDE, SIDE).contiguous().to(patches.device)


def first_matches(queries: Tensor, grid: tuple[int, int], keys: Tensor, places: Places) -> Tensor:
    """(P,): of every n-th patch the most similar one; those between continue its match."""
    n = 1
    while max(len(queries), len(keys)) > EXACT * n**2:
        n += 1
    sampled = torch.arange(len(queries), device=queries.device).view(grid)[::n, ::n]
    among = torch.cat(
        [
            torch.arange(first, first + h * w, device=keys.device).view(h, w)[::n, ::n].flatten()
            for first, (h, w) in zip(places.first, places.grids, strict=True)
        ]
    )
    found = among[most_similar(queries[sampled.flatten()], keys[among])[1]].view(sampled.shape)
    y, x = torch.arange(grid[0], device=keys.device)[:, None], torch.arange(grid[1], device=keys.device)
    style, row, column = places.where(found[y // n, x // n])
    return places.index(style, row + y % n, column + x % n)[0].flatten()


def mean_of_patches(
    index: Tensor, grid: tuple[int, int], places: Places, styles: tuple[Tensor, ...], image: Tensor
) -> Tensor:
    """(1, 3, H, W): the mean of the patches that cover each pixel, less towards their edges; else the image."""
    style, row, column = (x.view(grid) for x in places.where(index))
    pixels = torch.cat([s[0].flatten(1).T for s in styles])
    widths = torch.tensor([s.shape[3] for s in styles], device=image.device)
    counts = torch.tensor([s.shape[2] * s.shape[3] for s in styles], device=image.device)
    across = widths[style]
    start = (torch.cumsum(counts, 0) - counts)[style] + STEP * (row * across + column)
    near = torch.hann_window(SIDE + 2, device=image.device)[1:-1]
    total = torch.zeros(*image.shape[2:], 4, device=image.device)  # colours, and the sum of weights
    for dy in range(SIDE):
        for dx in range(SIDE):
            covered = total[dy : dy + STEP * grid[0] - 1 : STEP, dx : dx + STEP * grid[1] - 1 : STEP]
            weight = float(near[dy] * near[dx])
            covered[..., :3].add_(pixels[start + dy * across + dx], alpha=weight)
            covered[..., 3] += weight
    color, weights = total.permute(2, 0, 1)[None].split((3, 1), 1)
    return torch.where(weights > 0, color / weights.clamp(min=1e-6), image)
