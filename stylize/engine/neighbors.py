"""Nearest neighbours: which part of the styles each part of the painting should look like."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .device import fast_dtype
from .networks import Network

# Compared on conv3_1's grid, a quarter of the picture's. With conv2_1 or conv5_1 beside them, forms came over less.
LAYERS = ("conv3_1", "conv4_1")
GRID = "conv3_1"
FLAT = 0.2  # the least length of what is sought, beside a root mean square of 1 a layer
CHUNK = 2048  # positions compared at a time


class Columns:
    """Features of several layers put together at each position, each layer over its own root mean square."""

    def __init__(self, network: Network, styles: list[dict[str, Tensor]], shares: list[float]) -> None:
        """`styles` are features {layer: (1, C, H, W)}; the mean that is taken off is the styles', in their shares."""
        self.network = network
        self.scales = [1.0] * len(LAYERS)
        energies = [
            sum(w * layer[n].float().square().sum(1).mean() for layer, w in zip(parts, shares, strict=True))
            for n, parts in ((n, [self.layers(f) for f in styles]) for n in range(len(LAYERS)))
        ]
        self.scales = [float(energy) ** -0.5 if energy > 1e-8 else 0.0 for energy in energies]
        rows = [self.rows(f) for f in styles]
        self.mean = sum((w * r.mean(0) for r, w in zip(rows, shares, strict=True)), start=torch.zeros_like(rows[0][0]))
        self.styles = [unit(r - self.mean) for r in rows]  # (P, C) each

    def layers(self, features: dict[str, Tensor]) -> list[Tensor]:
        """The layers on one grid, as the network measures them."""
        grid = features[GRID].shape[2], features[GRID].shape[3]
        found = []
        for name, scale in zip(LAYERS, self.scales, strict=True):
            f, metric = features[name], self.network.metric(name)
            if f.shape[2] > grid[0] or f.shape[3] > grid[1]:
                f = F.adaptive_avg_pool2d(f, grid)
            if metric is not None:
                f = F.conv2d(f, (metric * scale).to(f.dtype)[:, :, None, None])
            elif scale != 1.0:
                f = f * scale
            found.append(f if f.shape[2:] == grid else F.interpolate(f, size=grid, mode="bilinear"))
        return found

    def rows(self, features: dict[str, Tensor]) -> Tensor:
        """(P, C), float32: one row a position."""
        return torch.cat(self.layers(features), 1)[0].flatten(1).T.float()

    def __call__(self, features: dict[str, Tensor]) -> Tensor:
        """(P, C): rows of a picture, less the styles' mean."""
        return self.rows(features) - self.mean

    def matches(self, features: dict[str, Tensor], shares: list[float], weights: Tensor | None) -> Tensor:
        """(P, C), of length 1: for each position the styles' most similar one, seen from the picture's own mean.

        Each style is matched in its share of the picture. `weights` (P,) say how much each position counts. Where the
        picture has no forms (one colour all over), nothing is most similar: 0.
        """
        rows = self.rows(features)
        mean = rows.mean(0) if weights is None else (rows * weights[:, None]).sum(0) / weights.sum().clamp(min=1e-6)
        queries = unit(rows - mean, FLAT)
        matches = self.best(queries, shares, weights)
        return torch.where(queries.any(1, keepdim=True), matches, torch.zeros_like(matches))

    def best(self, queries: Tensor, shares: list[float], weights: Tensor | None) -> Tensor:
        """(P, C): the most similar rows of the styles, each style in its share."""
        found = [most_similar(queries, style) for style in self.styles]
        if len(found) == 1:
            return self.styles[0][found[0][1]]
        best = torch.stack([similarity for similarity, _ in found], 1)  # (P, styles)
        chosen = (best + share_offsets(best, shares, weights)).argmax(1)
        rows = torch.stack([style[index] for style, (_, index) in zip(self.styles, found, strict=True)], 1)
        return rows[torch.arange(len(rows), device=rows.device), chosen]


def unit(rows: Tensor, least: float = 0.02) -> Tensor:
    """Rows at length 1; those of next to no length (a style of one colour has no forms) become 0."""
    lengths = rows.norm(dim=1, keepdim=True)
    return torch.where(lengths > least, rows / lengths.clamp(min=1e-6), torch.zeros_like(rows))


def most_similar(queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
    """For each of the (P, C) queries the highest cosine among the (Q, C) keys and its index; both have length 1."""
    dtype = fast_dtype(queries.device)
    q, k = queries.to(dtype), keys.to(dtype).T
    found = [(q[n : n + CHUNK] @ k).float().max(1) for n in range(0, len(q), CHUNK)]
    return torch.cat([f.values for f in found]), torch.cat([f.indices for f in found])


def share_offsets(best: Tensor, shares: list[float], weights: Tensor | None) -> Tensor:
    """(K,) to be added to the (P, K) best similarities, so that each style wins in its share of the positions.

    Semi-discrete optimal transport, its dual climbed by the difference between the shares wanted and had.
    """
    wanted = torch.tensor(shares, device=best.device)
    counts = torch.ones_like(best[:, 0]) if weights is None else weights
    offsets = torch.zeros_like(wanted)
    for n in range(100):
        chosen = F.one_hot((best + offsets).argmax(1), len(shares)).float()
        had = (chosen * counts[:, None]).sum(0) / counts.sum().clamp(min=1e-6)
        offsets += 0.5 / (1 + n) ** 0.5 * (wanted - had) * 0.5
    return offsets
