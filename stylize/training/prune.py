"""Narrowing: a network to train on from a wider one's most telling channels."""

import torch
from torch import Tensor

from ..engine.networks import LITE_LAYERS, LITE_WIDTHS, Lite

RIDGE = 1e-5  # of the channels' mean power: channels that say the same are told apart by no more than that


def firm(moments: Tensor, ridge: float) -> Tensor:
    """The (C, C) means of products of channels, made safe to invert; `ridge` is a part of their mean power."""
    return moments + ridge * moments.diagonal().mean() * torch.eye(len(moments)).to(moments)


def linear_map(inner: Tensor, cross: Tensor, ridge: float) -> Tensor:
    """(T, C): the least-squares map from C channels, whose products are `inner` (C, C), to T; `cross` is (T, C)."""
    return torch.linalg.solve(firm(inner, ridge), cross.T).T


def telling(moments: Tensor, count: int) -> list[int]:
    """The indices, sorted, of `count` channels that explain the others best by a linear map.

    `moments` (C, C) are the means of products of channels. One channel after another is dropped, that which the rest
    explain best: its unexplained variance is 1 over its place on the diagonal of the inverse.
    """
    kept = list(range(len(moments)))
    moments = firm(moments, RIDGE)
    while len(kept) > count:
        kept.pop(int(torch.linalg.inv(moments[kept][:, kept]).diagonal().argmax()))
    return kept


@torch.no_grad()
def narrowed(state: dict[str, Tensor], pictures: list[Tensor]) -> Lite:
    """A network of LITE_WIDTHS from the weights of one as wide or wider, its metrics still to be worked out.

    Layer after layer, channels are dropped, and the next layer's kernel takes what a linear map says of them from those
    that are kept (He et al. 2017, "Channel pruning for accelerating very deep neural networks").

    Args:
        state: the wider network's weights, as in lite.pt.
        pictures: (1, 3, H, W) each, on which the channels' products are measured.
    """
    state = {k: v.float() for k, v in state.items()}
    names = list(LITE_WIDTHS)
    for name, following in zip(names, [*names[1:], ""], strict=True):
        wide = Lite({layer: len(state[f"convs.{layer}.bias"]) for layer in names})
        wide.load_state_dict(state)
        features = [wide(x, (name,))[name][0].flatten(1).double() for x in pictures]
        moments = torch.stack([f @ f.T / f.shape[1] for f in features]).mean(0)
        kept = telling(moments, LITE_WIDTHS[name])
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
