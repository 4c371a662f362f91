"""The two networks and their named layers."""

import functools
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .device import best_device, fast_dtype, keep_memory
from .settings import StylizeError
from .weights import cached_vgg19, read_weights

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
# Every 3x3 convolution of VGG-19 up to conv5_1, and its width.
VGG19_WIDTHS = {
    f"conv{i}_{j}": width
    for i, (width, depth) in enumerate([(64, 2), (128, 2), (256, 4), (512, 4), (512, 1)], 1)
    for j in range(1, depth + 1)
}
# Their numbers in torchvision's vgg19().features, where a ReLU follows each and a pool each stage: 0, 2, 5, 7, 10 ...
VGG19_INDICES = {name: 2 * n + int(name[4]) - 1 for n, name in enumerate(VGG19_WIDTHS)}
# The lite network's widths. It pools earlier than VGG-19, so its inner layers answer to VGG-19's after a pool.
LITE_WIDTHS = {
    name: width
    for names, width in [
        ("conv1_1", 8),
        ("stem conv1_2", 32),
        ("conv2_1", 96),
        ("conv2_2", 80),
        ("conv3_1", 128),
        ("conv3_2 conv3_4", 96),
        ("conv4_1 conv4_2 conv4_4 conv5_1", 128),
    ]
    for name in names.split()
}
LITE_POOLED = ("conv2_2", "conv3_2", "conv4_4")  # a pool comes before these
LITE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv4_2", "conv5_1")  # trained to be compared
LITE_FILE = Path(__file__).with_name("lite.pt")


class _Halve(torch.autograd.Function):
    """2 x 2 means, with a backward ten times faster than avg_pool2d's own on a CPU: a tenth of an iteration."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.height, ctx.width = x.shape[2:]
        return F.avg_pool2d(x, 2, ceil_mode=True)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        grad = grad * 0.25
        if ctx.height % 2:  # at an odd edge a mean is of fewer
            grad[:, :, -1] *= 2
        if ctx.width % 2:
            grad[..., -1] *= 2
        return F.interpolate(grad, scale_factor=2)[:, :, : ctx.height, : ctx.width]


def reflected(image: Tensor, margin: int, multiple: int = 1) -> Tensor:
    """The image (N, C, H, W) with what is inside its border mirrored around it, `margin` px on every side and more at
    the right and bottom where a multiple is asked for."""
    inner, outer = [], []
    for side in (image.shape[3], image.shape[2]):
        for wanted in (margin, margin + -(side + 2 * margin) % multiple):
            inner.append(min(wanted, side - 1))
            outer.append(wanted - inner[-1])
    image = F.pad(image, inner, mode="reflect")
    return F.pad(image, outer, mode="replicate") if any(outer) else image  # so small that a mirror does not reach


class Lite(nn.Module):
    """The bundled network: RGB in [0, 1], (N, 3, H, W), to features; any H and W from 1 px.

    Only conv1_1 works at the pixels' own resolution, which is where most of VGG-19's time goes. Before its ReLU, as
    the study compares it, it is linear, and few channels hold all of it. The other layers are compared after theirs,
    and come from a stem that sees every second pixel's surroundings. Its kernels are trained after a 2 x 2 mean
    (distill.Blurred): a network that tells the four pixels of a block apart paints a mesh.
    """

    layers = LITE_LAYERS

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleDict({"conv1_1": nn.Conv2d(3, LITE_WIDTHS["conv1_1"], 3)})
        channels = 3 * 4
        for name, width in list(LITE_WIDTHS.items())[1:]:
            self.convs[name] = nn.Conv2d(channels, width, 3, padding=0 if name == "stem" else 1)
            channels = width
        self.metrics = nn.ParameterDict({n: torch.eye(LITE_WIDTHS[n]) for n in LITE_LAYERS})

    def forward(self, image: Tensor, layers: tuple[str, ...] = LITE_LAYERS, margin: int = 0) -> dict[str, Tensor]:
        """Features {name: (N, C, H / 2^k, W / 2^k)} of the layers asked for, in one pass that ends at the last.

        They are of the image with `margin` px mirrored around it.
        """
        features: dict[str, Tensor] = {}
        height, width = (side + 2 * margin for side in image.shape[2:])
        x = reflected(image, margin + 2, multiple=2)  # what the stem reaches; black padding would paint a frame
        if "conv1_1" in layers:
            features["conv1_1"] = self.convs["conv1_1"](x[:, :, 1 : height + 3, 1 : width + 3])
        x = F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last)
        for name, conv in list(self.convs.items())[1:]:
            if len(features) == len(layers):
                break
            if name in LITE_POOLED:
                x = _Halve.apply(x)
            x = F.relu_(conv(x))
            if name in layers:
                features[name] = x
        return features

    def metric(self, layer: str) -> Tensor:
        """(C, C): this network's features times it are as far apart as VGG-19's wide ones (see distill.fold)."""
        return self.metrics[layer]


class VGG19(nn.Module):
    """torchvision's VGG-19 up to conv5_1: RGB in [0, 1], (N, 3, H, W), both at least 16 px, to features.

    `plain` is the study's use of it: no ImageNet normalisation, and features before their ReLU.
    """

    layers = tuple(VGG19_WIDTHS)

    def __init__(self, state: dict[str, Tensor], plain: bool) -> None:
        """Raises StylizeError where the state dict (whole net, or features alone) is not VGG-19's."""
        super().__init__()
        from torchvision.models import vgg19  # takes a second to import, which lite need not wait for

        with torch.device("meta"):  # the whole net's random weights would take 550 MB and seconds
            self.features = vgg19(weights=None).features[: VGG19_INDICES["conv5_1"] + 2]
        for module in self.features:
            if isinstance(module, nn.ReLU):
                module.inplace = not plain  # in place it would overwrite the features in use
        wanted = self.features.state_dict()
        found = {k.removeprefix("features."): v for k, v in state.items()}
        for key, value in wanted.items():
            if not isinstance(found.get(key), Tensor):
                raise StylizeError(f"The weights file is not torchvision's VGG-19: it has no features.{key}.")
            if found[key].shape != value.shape:
                raise StylizeError(
                    f"The weights file is not torchvision's VGG-19: features.{key} has the shape "
                    f"{tuple(found[key].shape)}, not {tuple(value.shape)}."
                )
        self.features.load_state_dict({k: found[k].float() for k in wanted}, assign=True)
        self.plain = plain
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, image: Tensor, layers: tuple[str, ...], margin: int = 0) -> dict[str, Tensor]:
        """Features {name: (N, C, H / 2^k, W / 2^k)} of the layers asked for, in one pass that ends at the last.

        They are of the image with `margin` px mirrored around it.
        """
        taps = {VGG19_INDICES[name] + (not self.plain): name for name in layers}
        x = reflected(image, margin) if margin else image
        if not self.plain:
            x = (x - self.mean) / self.std
        features = {}
        for index, module in enumerate(self.features[: max(taps) + 1]):
            x = module(x)
            if index in taps:
                features[taps[index]] = x
        return features

    def metric(self, layer: str) -> Tensor | None:
        """None: its features are compared as they are."""
        return None


Network = Lite | VGG19


@functools.lru_cache(maxsize=2)
def load_network(
    name: str, device: torch.device | None = None, plain: bool = False, weights: Path | None = None
) -> Network:
    """The network, frozen, on its device, in the fastest arithmetic that paints as well (`plain`: float32).

    Raises:
        StylizeError: vgg19's weights are not on this machine, or the file is not theirs.
    """
    device = device or best_device()
    keep_memory()
    if name == "lite":
        network: Network = Lite()
        network.load_state_dict(read_weights(LITE_FILE))
    else:
        path = weights or cached_vgg19()
        if path is None:
            raise StylizeError(
                "VGG-19's weights are not on this machine: let it download them (548 MB), name their file, "
                "or paint with the lite network."
            )
        network = VGG19(read_weights(path), plain)
    network = network.eval().requires_grad_(False).to(device)
    if plain:
        return network
    network = network.to(fast_dtype(device), memory_format=torch.channels_last)  # type: ignore[call-overload]
    if isinstance(network, Lite):
        network.metrics.float()  # applied to float32 Gram matrices
    return network
