"""Training data of lite: teachers' features, and augmented or partly painted crops of pictures."""

import random
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from ..engine.device import fast_dtype
from ..engine.networks import LITE_LAYERS, LITE_WIDTHS, VGG19_WIDTHS
from ..engine.terms.gram import gram_matrix
from ..facts import STYLE_LAYERS

BATCH_PIXELS = 8 * 128 * 128


def read(path: Path, side: int) -> Image.Image:
    """Read a picture as RGB, its longer side at most `side` px."""
    with Image.open(path) as image:
        image.draft("RGB", (side, side))
        rgb = image.convert("RGB")
    rgb.thumbnail((side, side), Image.Resampling.LANCZOS)
    return rgb


def tensor(image: Image.Image) -> Tensor:
    """Convert to (3, H, W) in [0, 1]."""
    raw = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return raw.view(image.height, image.width, 3).permute(2, 0, 1).float() / 255


def mixed(device: torch.device) -> torch.autocast:
    """Compute convolutions in bfloat16 where the device multiplies it natively."""
    return torch.autocast(device.type, torch.bfloat16, enabled=fast_dtype(device) == torch.bfloat16)


# ---- teachers -----------------------------------------------------------------------------------------------


class Teacher:
    """Run a VGG-19, possibly narrower or cut short, from a flat dict of its weights."""

    def __init__(self, weights: dict[str, Tensor], padding: str, device: torch.device) -> None:
        self.dtype = fast_dtype(device)
        self.weights = {k: v.to(device, self.dtype) for k, v in weights.items()}
        self.padding = padding

    @torch.no_grad()
    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Compute features by layer, mapped to VGG-19's width where the file has a lift; in the device's fast dtype.

        After ReLU, except conv1_1, which is before it, as in lite.
        """
        w, features = self.weights, {}
        x = F.conv2d(x.to(self.dtype), w["input.weight"], w["input.bias"]).contiguous(memory_format=torch.channels_last)
        for name in VGG19_WIDTHS:
            if f"{name}.weight" not in w:
                break
            if name.endswith("_1") and name != "conv1_1":
                x = F.max_pool2d(x, 2)
            before = F.conv2d(F.pad(x, (1, 1, 1, 1), mode=self.padding), w[f"{name}.weight"], w[f"{name}.bias"])
            x = F.relu(before)
            lift = w.get(f"{name}.lift.weight")
            if name == "conv1_1":
                features[name] = before
            else:
                features[name] = x if lift is None else F.conv2d(x, lift, w[f"{name}.lift.bias"])
        return features


def flat_vgg19(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename torchvision's VGG-19 state dict for a Teacher, with ImageNet's normalisation as its `input`."""
    indices = sorted({int(k.split(".")[1]) for k in state if k.startswith("features.")})
    std = torch.tensor([0.229, 0.224, 0.225])
    flat = {"input.weight": torch.diag(1 / std)[..., None, None]}
    flat["input.bias"] = -torch.tensor([0.485, 0.456, 0.406]) / std
    for name, index in zip(VGG19_WIDTHS, indices, strict=False):
        for part in ("weight", "bias"):
            flat[f"{name}.{part}"] = state[f"features.{index}.{part}"]
    return flat


class Targets:
    """Compute the student's targets: {layer: features}, and {"layer hint": features} for the hint losses."""

    def __init__(self, data: Path, vgg19: Path | None, device: torch.device) -> None:
        def load(path: Path) -> dict[str, Tensor]:
            return torch.load(path, map_location="cpu", weights_only=True)

        if vgg19:
            self.exact, self.rest = Teacher(flat_vgg19(load(vgg19)), "constant", device), None
        else:
            self.exact = Teacher(load(data / "vgg19_to_conv3_1.pt"), "reflect", device)
            self.rest = Teacher(load(data / "teacher.pt"), "reflect", device)

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        features = self.exact(x)
        targets = {n: f for n, f in features.items() if n in LITE_LAYERS}
        hints = [("hint", features)]
        if self.rest:  # a second teacher, for the layers that `exact` lacks
            hints.append(("other hint", more := self.rest(x)))
            targets |= {n: f for n, f in more.items() if n in LITE_LAYERS and n not in targets}
        for label, given in hints:
            inner = [
                n for n in given if n in LITE_WIDTHS and n not in LITE_LAYERS and (n != "conv1_2" or label == "hint")
            ]
            targets |= {f"{n} {label}": F.max_pool2d(given[n], 2) for n in inner}
        return targets


# ---- pictures -----------------------------------------------------------------------------------------------


def augment(x: Tensor, rng: random.Random) -> Tensor:
    """Augment as images look during optimisation: shifted colours, blends of two images, fine and coarse noise."""
    n = len(x)
    draw = torch.Generator().manual_seed(rng.getrandbits(32))

    def some(chance: float) -> Tensor:
        return (torch.rand(n, 1, 1, 1, generator=draw) < chance).float()

    def normal(*shape: int) -> Tensor:
        return torch.randn(n, *shape, generator=draw)

    mix = some(0.25) * torch.rand(n, 1, 1, 1, generator=draw)
    x = x * (1 - mix) + x.roll(1, 0) * mix
    mean = x.mean((2, 3), keepdim=True)
    jittered = (x - mean) * (1 + 0.3 * normal(1, 1, 1)) + mean + 0.1 * normal(3, 1, 1)
    x = torch.lerp(x, jittered, some(0.5))
    side = x.shape[-1]
    coarse = F.interpolate(normal(3, side // 2, side // 2), size=(side, side), mode="nearest")
    grain = normal(3, side, side) * some(0.5) + coarse * some(0.3)
    x = x + grain * some(0.4) * 0.15 * torch.rand(n, 1, 1, 1, generator=draw)
    return x.clamp(-0.1, 1.1)


def batch(pictures: list[Image.Image], side: int, rng: random.Random) -> Tensor:
    """Draw random crops (N, 3, side, side) in [0, 1], at scales from the whole picture to single pixels."""
    crops = []
    for image in rng.choices(pictures, k=max(1, BATCH_PIXELS // side**2)):
        box = min(image.size) if min(image.size) < side else rng.uniform(side, min(image.size))
        left, top = rng.uniform(0, image.width - box), rng.uniform(0, image.height - box)
        crop = image.resize((side, side), Image.Resampling.BILINEAR, (left, top, left + box, top + box))
        if rng.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        crops.append(tensor(crop))
    return torch.stack(crops)


def half_painted(student: nn.Module, crops: Tensor, iterations: int) -> Tensor:
    """Paint each crop for some iterations in the style of its neighbour in the batch, with the present student."""
    image = crops.clone().requires_grad_()
    adam = torch.optim.Adam([image], lr=0.03)

    def grams(x: Tensor) -> list[Tensor]:
        with mixed(x.device):
            features = student(x, STYLE_LAYERS)
        return [gram_matrix(f.float()) for f in features.values()]

    with torch.no_grad():
        styles = [g.roll(1, 0) for g in grams(crops)]
    for _ in range(iterations):
        pairs = zip(grams(image), styles, strict=True)
        loss = torch.stack([(a - b).square().sum() / b.square().sum() for a, b in pairs]).sum()
        (image.grad,) = torch.autograd.grad(loss, image)
        adam.step()
        with torch.no_grad():
            image.clamp_(0, 1)
    return image.detach()
