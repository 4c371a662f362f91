"""Neighbours: each place looks like the place of the style that it is matched with (Kolkin et al. 2022)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ...settings import Settings
from ..columns import GRID, LAYERS, STRIDE
from ..tiles import Whole
from .base import Measured, Term

FINE = 0.0
LOOK = 0.0


class Neighbors(Term):
    """The mean of 1 - cosine between the picture's feature columns and those of the matched places.

    Kolkin, Kucera, Paris, Sykora, Shechtman, Shakhnarovich 2022, "Neural neighbor style transfer", equation 1.
    """

    name = "neighbors"

    def weight(self, settings: Settings) -> float:
        """Above 0, strength raises it; below 0, it halves it at each step."""
        if settings.reference:
            return 0.0
        return settings.neighbor_weight * 2 ** (max(0.0, settings.strength) / 2 + min(0.0, settings.strength))

    def layers(self, settings: Settings) -> set[str]:
        return {*LAYERS, *(["conv2_1"] if FINE else [])}

    def sums(self, features: dict[str, Tensor], place: Whole, settings: Settings) -> list[Tensor]:
        """For each region the sum of errors, and of its mask."""
        found = []
        for region, matches in zip(self.scene.regions, self.scene.matches, strict=True):
            rows = matches.columns.rows(features, place) - matches.columns.mean
            targets = place.of(matches.targets, STRIDE)[0].flatten(1).T
            errors = 1 - (rows * targets).sum(1) * (rows.square().sum(1) + 1e-8).rsqrt()
            mask = self.scene.pooled(region.mask, GRID)
            if mask is None:
                found += [errors.sum(), errors.new_tensor(float(len(errors)))]
            else:
                weights = place.of(mask, STRIDE).flatten()
                found += [(errors * weights).sum(), weights.sum()]
            if FINE:
                f = features["conv2_1"]
                target, energy = self.fine(region, matches, f)
                d = torch.einsum("cd,ndhw->nchw", self.scene.network.metric("conv2_1").to(f.dtype), f - target)
                found[-2] = found[-2] + FINE * len(errors) * d.float().square().mean() / energy
        return found

    @torch.no_grad()
    def fine(self, region, matches, f):
        if getattr(self, "_fine", (None,))[0] is matches:
            return self._fine[1]
        sf = self.scene.features(region.styles[0], {"conv2_1"})["conv2_1"]
        _, y, x = matches.places.where(matches.index)
        H, W = f.shape[2:]
        Y, X = torch.arange(H), torch.arange(W)
        gy, gx = matches.grid
        cell = (Y[:, None] // 2).clamp(max=gy - 1) * gx + (X // 2).clamp(max=gx - 1)
        yy = (2 * y[cell.flatten()] + (Y[:, None] % 2).expand(H, W).flatten()).clamp(max=sf.shape[2] - 1)
        xx = (2 * x[cell.flatten()] + (X[None] % 2).expand(H, W).flatten()).clamp(max=sf.shape[3] - 1)
        target = sf[0][:, yy, xx].view(1, -1, H, W).contiguous(memory_format=torch.channels_last)
        M = self.scene.network.metric("conv2_1")
        sfm = torch.einsum("cd,ndhw->nchw", M.to(sf.dtype), sf).float()
        energy = (sfm - sfm.mean((2, 3), keepdim=True)).square().mean()
        self._fine = (matches, (target, energy))
        return target, energy

    @torch.no_grad()
    def look(self, region, matches):
        if getattr(self, "_look", (None,))[0] is matches:
            return self._look[1]
        style = region.styles[0]
        gh, gw = matches.places.grids[0]
        padded = F.pad(style, (8, 8, 8, 8), mode="reflect")
        cells = F.adaptive_avg_pool2d(padded, (gh, gw))[0].flatten(1)
        t = cells[:, matches.index].view(1, 3, *matches.grid)
        t = F.avg_pool2d(F.pad(t, (1,) * 4, mode="replicate"), 3, 1)
        var = cells.var(1).mean()
        self._look = (matches, (t, var))
        return t, var

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        parts = zip(self.scene.region_parts, sums[::2], sums[1::2], strict=True)
        total = sum((p * e / n.clamp(min=1e-6) for p, e, n in parts), start=image.new_zeros(()))
        if LOOK:
            t, var = self.look(self.scene.regions[0], self.scene.matches[0])
            cells = F.adaptive_avg_pool2d(F.pad(image, (8, 8, 8, 8), mode="reflect"), t.shape[2:])
            cells = F.avg_pool2d(F.pad(cells, (1,) * 4, mode="replicate"), 3, 1)
            total = total + LOOK * (cells - t).square().mean() / var
        return Measured(total)
