"""PIL images to tensors and back."""

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor


def to_tensor(
    image: Image.Image, size: tuple[int, int], resample: Image.Resampling = Image.Resampling.LANCZOS
) -> Tensor:
    """(1, channels, height, width), float32 in [0, 1], of an RGB or L image resized to (width, height)."""
    resized = image if image.size == size else image.resize(size, resample)
    raw = torch.frombuffer(bytearray(resized.tobytes()), dtype=torch.uint8)
    return raw.view(1, size[1], size[0], -1).permute(0, 3, 1, 2).contiguous().float() / 255


def to_pixels(tensor: Tensor) -> Tensor:
    """(height, width, 3), uint8, on the CPU, of (1, 3, H, W) values, those outside [0, 1] clamped."""
    rounded = (tensor.detach()[0] * 255).round_().clamp_(0, 255)
    return rounded.to(torch.uint8).permute(1, 2, 0).cpu().contiguous()


def resize(tensor: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, C, H, W) to (width, height), bicubic."""
    return F.interpolate(tensor, size=(size[1], size[0]), mode="bicubic", antialias=True)
