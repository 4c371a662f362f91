"""One-dimensional optimal transport: quantiles, and quantile matching by histograms."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import halved

LEVELS = 1024  # quantiles that stand for a distribution
BINS = 1024  # of the histogram that ranks a picture's values


def quantiles(values: Tensor, weights: Tensor | None = None) -> Tensor:
    """(R, N) values as (R, LEVELS) quantiles, evenly spaced from the smallest to the largest.

    `weights`, N in all, say how much each value counts.
    """
    ordered = values.sort(1)
    if weights is None:
        at = torch.linspace(0, values.shape[1] - 1, LEVELS, dtype=torch.float32, device=values.device)
        low = at.long()
        return torch.lerp(ordered.values[:, low], ordered.values[:, at.ceil().long()], at - low)
    mass = weights.flatten()[ordered.indices]
    ranks = mass.cumsum(1) - mass / 2
    low, high = ranks[:, :1], ranks[:, -1:]
    wanted = torch.lerp(low, high, torch.linspace(0, 1, LEVELS, dtype=torch.float32, device=values.device))
    above = (
        torch.searchsorted(ranks, wanted).clamp(1, values.shape[1] - 1) if values.shape[1] > 1 else wanted.long() * 0
    )
    below = (above - 1).clamp(min=0)
    a, b = ranks.gather(1, below), ranks.gather(1, above)
    part = ((wanted - a) / (b - a).clamp(min=1e-9)).clamp(0, 1)
    return torch.lerp(ordered.values.gather(1, below), ordered.values.gather(1, above), part)


def mixed(distributions: list[Tensor], shares: list[float]) -> Tensor:
    """The quantiles of a mixture: (R, LEVELS) of each distribution, taken in the shares given, which add up to 1."""
    if len(distributions) == 1:
        return distributions[0]
    parts = [
        F.interpolate(d[None], size=max(1, round(share * LEVELS)), mode="linear", align_corners=True)[0]
        for d, share in zip(distributions, shares, strict=True)
    ]
    return quantiles(torch.cat(parts, 1))


@torch.no_grad()
def transported(values: Tensor, target: Tensor) -> Tensor:
    """(R, N): each value replaced by the target's of the same rank; the target is (R, LEVELS) quantiles.

    Ranks come from a histogram in place of a sort; equal values share the middle of their ranks.
    """
    rows, count = values.shape
    low = values.amin(1, keepdim=True)
    position = (values - low) * ((BINS - 1) / (values.amax(1, keepdim=True) - low).clamp(min=1e-6))
    bins = position.long()
    counts = values.new_zeros(rows, BINS).scatter_add_(1, bins, values.new_ones(1, 1).expand(rows, count))
    ranks = (counts.cumsum(1) - counts / 2) * ((target.shape[1] - 1) / count)  # at the bins' middles, (R, BINS)
    below = ranks.long().clamp_(max=target.shape[1] - 2)
    places = torch.lerp(target.gather(1, below), target.gather(1, below + 1), ranks - below)
    return places.gather(1, bins)


def error(values: Tensor, target: Tensor, variance: Tensor) -> Tensor:
    """The mean squared distance of (R, N) values to their places among a target's quantiles, over its variance (R, 1).

    The squared Wasserstein-2 distance of each row.
    """
    return ((values - transported(values, target)).square() / variance).mean()


def directions(count: int, device: torch.device) -> Tensor:
    """(count, 3) unit vectors spread evenly over half a sphere: a Fibonacci lattice."""
    n = torch.arange(count, dtype=torch.float32) + 0.5
    z, angle = n / count, n * math.pi * (3 - math.sqrt(5))
    radius = (1 - z.square()).sqrt()
    return torch.stack([radius * angle.cos(), radius * angle.sin(), z], 1).to(device)


def inside(values: Tensor, mask: Tensor | None, halvings: int = 0) -> Tensor:
    """(C, N): the values (1, C, H, W) where the mask is above a half; `halvings`: how often they were halved."""
    pixels = values[0].flatten(1)
    if mask is None:
        return pixels
    for _ in range(halvings):
        if min(mask.shape[2:]) > 1:
            mask = halved(mask)
    chosen = (mask[0, 0].flatten() > 0.5).nonzero()[:, 0]
    return pixels[:, chosen] if len(chosen) else pixels
