"""Prune a wider lite network to LITE_WIDTHS, as a start for training."""

import torch
from torch import Tensor

from ..engine.networks import LITE_LAYERS, LITE_WIDTHS, Lite

RIDGE = 1e-5  # regularisation, relative to the channels' mean power: nearly collinear channels are common


def regularized(moments: Tensor, ridge: float) -> Tensor:
    """Add `ridge` times the mean power to the diagonal of second moments (C, C), so that they can be inverted."""
    return moments + ridge * moments.diagonal().mean() * torch.eye(len(moments)).to(moments)


def linear_map(inner: Tensor, cross: Tensor, ridge: float) -> Tensor:
    """Solve the least-squares map (T, C) of C channels to T, given second moments `inner` (C, C) and `cross` (T, C)."""
    return torch.linalg.solve(regularized(inner, ridge), cross.T).T


def select_channels(moments: Tensor, count: int) -> list[int]:
    """Select `count` channels that explain the others best by a linear map; returns sorted indices.

    `moments` (C, C) are the channels' second moments. Greedy backward elimination: each step drops the channel with the
    least residual variance given the rest, which is 1 / diag(inverse of the moments).
    """
    kept = list(range(len(moments)))
    moments = regularized(moments, RIDGE)
    while len(kept) > count:
        kept.pop(int(torch.linalg.inv(moments[kept][:, kept]).diagonal().argmax()))
    return kept


@torch.no_grad()
def pruned(state: dict[str, Tensor], pictures: list[Tensor]) -> Lite:
    """Prune the weights of a network as wide or wider to LITE_WIDTHS. Its metrics are the identity until solved.

    Layer by layer, channels are dropped and the next layer's kernel is corrected: dropped channels are replaced by
    their linear reconstruction from the kept ones (He et al. 2017, "Channel pruning for accelerating very deep neural
    networks").

    Args:
        state: the wider network's weights, as in lite.pt.
        pictures: (1, 3, H, W) each, on which the second moments are measured.
    """
    state = {k: v.float() for k, v in state.items()}
    names = list(LITE_WIDTHS)
    for name, following in zip(names, [*names[1:], ""], strict=True):
        wide = Lite({layer: len(state[f"convs.{layer}.bias"]) for layer in names})
        wide.load_state_dict(state)
        features = [wide(x, (name,))[name][0].flatten(1).double() for x in pictures]
        moments = torch.stack([f @ f.T / f.shape[1] for f in features]).mean(0)
        kept = select_channels(moments, LITE_WIDTHS[name])
        for part in ("weight", "bias"):
            state[f"convs.{name}.{part}"] = state[f"convs.{name}.{part}"][kept]
        if name in LITE_LAYERS:
            state[f"metrics.{name}"] = torch.eye(len(kept))
        if following and len(kept) < len(moments):
            back = linear_map(moments[kept][:, kept], moments[:, kept], RIDGE).float()  # (all, kept)
            kernel = state[f"convs.{following}.weight"]
            state[f"convs.{following}.weight"] = torch.einsum("oayx,ak->okyx", kernel, back)
    network = Lite()
    network.load_state_dict(state)
    return network
