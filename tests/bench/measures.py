"""How good a stylised picture is, by networks that did not paint it; their weights are in ../shared.

style: relative Gram distances at conv1_1, conv2_1 and conv3_1 of VGG-19's own weights; 0 is the style itself.
forms: the mean over positions of 1 - cosine to the style's most similar position, at conv3_1 of 192 px pictures.
palette: the mean 1-Wasserstein distance of colours over 64 directions; 0 is the style's own colours.
grain, colour grain: energy of the finest band at 512 px over the style's own; above 1 speckle, below 1 blur.
content: cosine of centred conv4_2 features (a compressed VGG-19) of picture and photo; 1 is the photo.
"""

import functools

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..conftest import SHARED

WEIGHTS = SHARED / "distill"
ORDER = [f"conv{i}_{j}" for i, n in enumerate((2, 2, 4, 4, 1), 1) for j in range(1, n + 1)]
STYLE = ("conv1_1", "conv2_1", "conv3_1")


@functools.lru_cache(maxsize=2)
def _weights(name: str) -> dict[str, Tensor]:
    return torch.load(WEIGHTS / name, weights_only=True)


def _tensor(image: Image.Image, side: int) -> Tensor:
    """(1, 3, H, W) in [0, 1], longer side `side` px."""
    k = side / max(image.size)
    size = max(1, round(image.width * k)), max(1, round(image.height * k))
    pixels = np.array(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))
    return torch.from_numpy(pixels / 255).permute(2, 0, 1)[None].float()


@torch.no_grad()
def _features(file: str, image: Tensor, wanted: tuple[str, ...]) -> dict[str, Tensor]:
    w, found = _weights(file), {}
    x = F.conv2d(image, w["input.weight"], w["input.bias"])
    for name in ORDER:
        if name.endswith("_1") and name != "conv1_1":
            x = F.max_pool2d(x, 2)
        x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), w[f"{name}.weight"], w[f"{name}.bias"]))
        if name in wanted:
            found[name] = x
        if len(found) == len(wanted):
            break
    return found


def style(out: Image.Image, painting: Image.Image) -> dict[str, float]:
    grams = []
    for image in (out, painting):
        rows = {n: f[0].flatten(1) for n, f in _features("vgg19_to_conv3_1.pt", _tensor(image, 384), STYLE).items()}
        grams.append({n: r @ r.T / r.shape[1] for n, r in rows.items()})
    a, b = grams
    return {n: ((a[n] - b[n]).square().sum() / b[n].square().sum()).item() for n in STYLE}


def forms(out: Image.Image, painting: Image.Image) -> float:
    a, b = (
        _features("vgg19_to_conv3_1.pt", _tensor(image, 192), ("conv3_1",))["conv3_1"][0].flatten(1).T
        for image in (out, painting)
    )
    mean = b.mean(0)
    return (1 - (F.normalize(a - mean, dim=1) @ F.normalize(b - mean, dim=1).T).amax(1)).mean().item()


def palette(out: Image.Image, painting: Image.Image) -> float:
    directions = np.random.default_rng(0).normal(size=(64, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    levels = (np.arange(1024) + 0.5) / 1024
    a, b = (
        np.quantile(_tensor(image, 384)[0].permute(1, 2, 0).reshape(-1, 3).numpy() @ directions.T, levels, axis=0)
        for image in (out, painting)
    )
    return float(np.abs(a - b).mean())


def grain(out: Image.Image, painting: Image.Image) -> tuple[float, float]:
    """(brightness, colour)."""
    energies = []
    for image in (out, painting):
        x = _tensor(image, 512)
        light = (x * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
        bands = torch.cat([light, x[:, :1] - light, x[:, 2:] - light], 1)
        around = bands[:, :, :-2, 1:-1] + bands[:, :, 2:, 1:-1] + bands[:, :, 1:-1, :-2] + bands[:, :, 1:-1, 2:]
        finest = (bands[:, :, 1:-1, 1:-1] - around / 4).square()
        energies.append((finest[:, :1].mean().sqrt().item(), finest[:, 1:].mean().sqrt().item()))
    (light, color), (own_light, own_color) = energies
    return light / max(own_light, 1e-6), color / max(own_color, 1e-6)


def content(out: Image.Image, photo: Image.Image) -> float:
    a, b = (_features("teacher.pt", _tensor(image, 384), ("conv4_2",))["conv4_2"] for image in (out, photo))
    a = F.interpolate(a, (b.shape[2], b.shape[3]), mode="bilinear")
    a, b = (f - f.mean((2, 3), keepdim=True) for f in (a, b))
    return F.cosine_similarity(a.flatten(), b.flatten(), 0).item()


def measured(out: Image.Image, photo: Image.Image, painting: Image.Image) -> dict[str, float]:
    """Every measure by name."""
    light, color = grain(out, painting)
    return {
        **style(out, painting),
        "forms": forms(out, painting),
        "palette": palette(out, painting),
        "grain": light,
        "colour grain": color,
        "content": content(out, photo),
    }


def cells(found: dict[str, float]) -> tuple[str, ...]:
    """Style layers, forms, palette, both grains and content, as a table has them."""
    layers = " / ".join(f"{found[n]:.4f}" for n in STYLE)
    grains = f"{found['grain']:.2f}, {found['colour grain']:.2f}"
    return layers, f"{found['forms']:.3f}", f"{found['palette']:.4f}", grains, f"{found['content']:.2f}"
