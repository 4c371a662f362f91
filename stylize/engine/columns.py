"""Feature columns: the features of several layers at each position, comparable between pictures."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import Network
from .tiles import Whole

# Compared on conv3_1's grid, a quarter of the picture's. With conv2_1 or conv5_1 beside them, forms came over less.
LAYERS = ("conv3_1", "conv4_1")
GRID = "conv3_1"
STRIDE = 4  # px of the picture between two positions of the grid
# px of the picture, reflected around it before the network: with zero padding the optimiser hides style energy in a
# bright frame.
MARGIN = 8


class Columns:
    """Features of LAYERS at each position, each layer divided by its own root mean square in the styles."""

    def __init__(self, network: Network, styles: list[dict[str, Tensor]], shares: list[float]) -> None:
        """`styles` are features {layer: (1, C, h, w)}; the mean that is subtracted is the styles', in their shares."""
        self.network = network
        self.scales = rms_scales(network, styles, shares)
        rows = [self.rows(f) for f in styles]
        self.mean = sum((w * r.mean(0) for r, w in zip(rows, shares, strict=True)), start=torch.zeros_like(rows[0][0]))
        self.styles = [unit(r - self.mean) for r in rows]  # (P, C) each

    def rows(self, features: dict[str, Tensor], place: Whole | None = None) -> Tensor:
        """(P, C), float32: one row a position that counts at the place; all where none is given."""
        columns = torch.cat(on_grid(self.network, features, self.scales), 1)
        if place is not None:
            columns = place.core(columns, STRIDE)
        return columns[0].flatten(1).T.float()


def rms_scales(network: Network, styles: list[dict[str, Tensor]], shares: list[float]) -> list[float]:
    """For each layer 1 / root mean square of its columns' lengths in the styles; 0 where it is silent."""
    energies = [0.0] * len(LAYERS)
    for features, share in zip(styles, shares, strict=True):
        for n, f in enumerate(on_grid(network, features, [1.0] * len(LAYERS))):
            energies[n] += share * float(f.float().square().sum(1).mean())
    return [energy**-0.5 if energy > 1e-8 else 0.0 for energy in energies]


def on_grid(network: Network, features: dict[str, Tensor], scales: list[float]) -> list[Tensor]:
    """LAYERS on the grid of one, times the network's metric and the scales."""
    grid = features[GRID].shape[2], features[GRID].shape[3]
    found = []
    for name, scale in zip(LAYERS, scales, strict=True):
        f, metric = features[name], network.metric(name)
        if f.shape[2] > grid[0] or f.shape[3] > grid[1]:
            f = F.adaptive_avg_pool2d(f, grid)
        if metric is not None:
            f = F.conv2d(f, (metric * scale).to(f.dtype)[:, :, None, None])
        elif scale != 1.0:
            f = f * scale
        found.append(f if f.shape[2:] == grid else F.interpolate(f, size=grid, mode="bilinear"))
    return found


def unit(rows: Tensor, least: float = 0.02) -> Tensor:
    """Rows at length 1; those shorter than `least` (a style of one colour has no forms) become 0."""
    lengths = rows.norm(dim=1, keepdim=True)
    return torch.where(lengths > least, rows / lengths.clamp(min=1e-6), torch.zeros_like(rows))
