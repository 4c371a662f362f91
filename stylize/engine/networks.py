"""The networks that compare pictures, by named layers. To add one: a class here, a line in _CLASSES, and its facts."""

import functools
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import StylizeError
from ..facts import NETWORKS, STAGES, Facts
from .device import autograd, best_device, fast_dtype
from .weights import cached, read_weights

# VGG-19's 3x3 convolutions up to conv5_1 and their widths, and their numbers in torchvision's vgg19().features, where a
# ReLU follows each convolution and a pool each stage: 0, 2, 5, 7, 10 ...
VGG19_WIDTHS = {name: (64, 128, 256, 512, 512)[stage - 1] for name, stage in STAGES.items()}
VGG19_INDICES = {name: 2 * n + stage - 1 for n, (name, stage) in enumerate(STAGES.items())}
# The lite network's widths. It pools earlier than VGG-19: its inner layers stand for VGG-19's after the next pool.
LITE_WIDTHS = {
    name: width
    for names, width in [
        ("conv1_1", 8),
        ("stem", 32),
        ("conv1_2", 24),
        ("conv2_1", 80),
        ("conv2_2", 64),
        ("conv3_1", 112),
        ("conv3_2 conv3_4", 64),
        ("conv4_1 conv4_2", 112),
        ("conv4_4 conv5_1", 128),
    ]
    for name in names.split()
}
LITE_POOLED = ("conv2_2", "conv3_2", "conv4_4")  # a pool comes before these
LITE_LAYERS = NETWORKS["lite"].layers  # trained to be compared
LITE_FILE = Path(__file__).with_name("lite.pt")


class Network(nn.Module):
    """The interface of a network: facts about it, features of named layers, and the metric of each layer."""

    facts: Facts

    @classmethod
    def load(cls, reference: bool, weights: Path) -> "Network":
        """The network in float32 on the CPU; `reference`: as the study uses it. Raises StylizeError."""
        raise NotImplementedError

    def forward(self, image: Tensor, layers: tuple[str, ...], margin: int = 0) -> dict[str, Tensor]:
        """Features {name: (N, C, H / 2^k, W / 2^k)} of the layers asked for, in one pass that ends at the last.

        They are of the image, RGB in [0, 1], (N, 3, H, W), with `margin` px mirrored around it.
        """
        raise NotImplementedError

    def halved_side(self, side: int) -> int:
        """px of a side after a 2 x 2 pool."""
        return -(-side // 2)

    def cast(self, dtype: torch.dtype) -> "Network":
        """Itself, made fast: its convolutions in this dtype."""
        return self.to(dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def metric(self, layer: str) -> Tensor | None:
        """(C, C): features are multiplied by it before they are compared; None stands for the identity."""
        return None


class _Halve(torch.autograd.Function):
    """2 x 2 means, with a backward ten times faster on a CPU than avg_pool2d's, which takes a tenth of an iteration."""

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


def halved(x: Tensor) -> Tensor:
    """(N, C, ceil(H / 2), ceil(W / 2)): the means of 2 x 2 blocks, of fewer at an odd edge."""
    return _Halve.apply(x)


def overlapping(x: Tensor) -> Tensor:
    """(N, C, H / 2, W / 2): average pooling with a 4 x 4 window and a stride of 2.

    For losses of pixels. The windows of `halved` do not overlap, so all pixels of a block get the same gradient; Adam
    then painted diagonal edges as stairs.
    """
    kernel = min(4, x.shape[2] + 2), min(4, x.shape[3] + 2)
    return F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, 2)


def reflected(image: Tensor, margin: int, multiple: int = 1) -> Tensor:
    """Reflect-pad an image (N, C, H, W) by `margin` px, and at the right and bottom to a multiple of `multiple`."""
    inner, outer = [], []
    for side in (image.shape[3], image.shape[2]):
        for wanted in (margin, margin + -(side + 2 * margin) % multiple):
            inner.append(min(wanted, side - 1))
            outer.append(wanted - inner[-1])
    image = F.pad(image, inner, mode="reflect")
    return F.pad(image, outer, mode="replicate") if any(outer) else image  # a reflection is at most side - 1 px wide


class Lite(Network):
    """The bundled network; takes any height and width from 1 px.

    Most of VGG-19's time goes into its first stage, at full resolution. Here only conv1_1 is computed there: compared
    before its ReLU, as the study does, it is linear, so that 8 channels hold all of it. All other layers follow a stem
    of stride 2, and are compared after their ReLU. The stem's kernels are trained after a 2 x 2 mean
    (distill.BlurredKernel): kernels that differ between the four pixels of a block would paint a mesh.
    """

    facts = NETWORKS["lite"]

    @classmethod
    def load(cls, reference: bool, weights: Path) -> Network:
        network = cls()
        network.load_state_dict(read_weights(weights))
        return network

    def __init__(self, widths: dict[str, int] = LITE_WIDTHS) -> None:
        super().__init__()
        self.convs = nn.ModuleDict({"conv1_1": nn.Conv2d(3, widths["conv1_1"], 3)})
        channels = 3 * 4
        for name, width in list(widths.items())[1:]:
            self.convs[name] = nn.Conv2d(channels, width, 3, padding=0 if name == "stem" else 1)
            channels = width
        self.metrics = nn.ParameterDict({n: torch.eye(widths[n]) for n in LITE_LAYERS})

    def forward(self, image: Tensor, layers: tuple[str, ...] = LITE_LAYERS, margin: int = 0) -> dict[str, Tensor]:
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
                x = halved(x)
            x = F.relu_(conv(x))
            if name in layers:
                features[name] = x
        return features

    def cast(self, dtype: torch.dtype) -> Network:
        self.convs.to(dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self  # the metrics stay float32, like the Gram matrices that they multiply

    def metric(self, layer: str) -> Tensor:
        """(C, C): multiplied by it, these features are as far apart as VGG-19's wider ones (see distill.fold)."""
        return self.metrics[layer]


class VGG19(Network):
    """torchvision's VGG-19 up to conv5_1.

    `reference`: as the study uses it, without ImageNet normalisation, and with features before their ReLU.
    """

    facts = NETWORKS["vgg19"]

    @classmethod
    def load(cls, reference: bool, weights: Path) -> Network:
        return cls(read_weights(weights), reference)

    def __init__(self, state: dict[str, Tensor], reference: bool) -> None:
        """Raises StylizeError where the state dict (whole net, or features alone) is not VGG-19's."""
        super().__init__()
        from torchvision.models import vgg19  # takes a second to import, which lite need not wait for

        with torch.device("meta"):  # the whole net's random weights would take 550 MB and seconds
            self.features = vgg19(weights=None).features[: VGG19_INDICES["conv5_1"] + 2]
        for module in self.features:
            if isinstance(module, nn.ReLU):
                module.inplace = not reference  # in place it would overwrite the features in use
        wanted = self.features.state_dict()
        found = {k.removeprefix("features."): v for k, v in state.items()}
        for key, value in wanted.items():
            if not isinstance(found.get(key), Tensor):
                raise StylizeError("The weights file is not torchvision's VGG-19: it has no features.{key}.", key=key)
            if found[key].shape != value.shape:
                raise StylizeError(
                    "The weights file is not torchvision's VGG-19: features.{key} has the shape {found}, not {wanted}.",
                    key=key,
                    found=tuple(found[key].shape),
                    wanted=tuple(value.shape),
                )
        self.features.load_state_dict({k: found[k].float() for k in wanted}, assign=True)
        self.reference = reference
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, image: Tensor, layers: tuple[str, ...], margin: int = 0) -> dict[str, Tensor]:
        taps = {VGG19_INDICES[name] + (not self.reference): name for name in layers}
        x = reflected(image, margin) if margin else image
        if not self.reference:
            x = (x - self.mean) / self.std
        features = {}
        for index, module in enumerate(self.features[: max(taps) + 1]):
            x = module(x)
            if index in taps:
                features[taps[index]] = x
        return features

    def halved_side(self, side: int) -> int:
        return side // 2


_CLASSES: dict[str, type[Network]] = {"lite": Lite, "vgg19": VGG19}


def load_network(
    name: str, device: torch.device | None = None, reference: bool = False, weights: Path | None = None
) -> Network:
    """The network, frozen, on its device, in the fastest arithmetic that paints as well (`reference`: float32).

    The last two are cached.

    Raises:
        StylizeError: its weights are not on this machine, or the file is not theirs.
    """
    facts = NETWORKS[name]
    path = (weights or cached(facts.weights_file)) if facts.weights_file else LITE_FILE
    if path is None:
        raise StylizeError(
            "The weights of {network} are not on this machine: let it download them ({megabytes} MB), name their file, "
            "or choose another network.",
            network=name,
            megabytes=facts.megabytes,
        )
    # Defaults and relative paths are resolved, so that the cache sees one spelling of one network.
    return _loaded(name, device or best_device(), reference, Path(path).resolve())


@functools.lru_cache(maxsize=2)
@autograd()
def _loaded(name: str, device: torch.device, reference: bool, path: Path) -> Network:
    network = _CLASSES[name].load(reference, path).float().eval().requires_grad_(False).to(device)
    return network if reference else network.cast(fast_dtype(device))
