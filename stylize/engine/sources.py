"""The content, the styles and the masks of a painting, at each size."""

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from ..pictures.pixels import fitted
from ..settings import Settings
from . import tensors
from .color import ColorAxes, color_axes, opponent
from .scene import Region

MIN_STYLE = 16  # px, shorter side of a style


class Sources:
    """What is given to a painting, as tensors of the size asked for."""

    def __init__(
        self,
        content: Image.Image,
        styles: Sequence[tuple[Image.Image, float]],
        settings: Settings,
        device: torch.device,
        mask: Image.Image | None = None,
        masks: Sequence[Image.Image | None] | None = None,
    ) -> None:
        """The content and styles are RGB, masks L; styles come with their weights.

        `mask`: where anything is painted. `masks`: where each style goes; None: where no other does.
        """
        self.content, self.styles, self.mask = content, styles, mask
        self.masks = masks or [None] * len(styles)
        self.reference, self.style_scale, self.device = settings.reference, settings.style_scale, device
        self.filter = Image.Resampling.BILINEAR if self.reference else Image.Resampling.LANCZOS

    def size(self, side: int) -> tuple[int, int]:
        """(width, height), px, of the painting whose longer side is `side`."""
        return fitted(self.content.size, side, square=self.reference)

    def tensor(self, image: Image.Image, size: tuple[int, int]) -> Tensor:
        """(1, C, H, W): an image at a size (width, height)."""
        return tensors.to_tensor(image, size, self.filter).to(self.device)

    def regions(self, side: int, photo: Tensor, keep_colors: bool) -> tuple[Region, ...]:
        """Which styles go where, for a photo (1, 3, H, W) whose longer side is `side`."""
        size = photo.shape[3], photo.shape[2]
        whole = None if self.mask is None else self.tensor(self.mask, size)
        masked = [(n, self.tensor(mask, size)) for n, mask in enumerate(self.masks) if mask is not None]
        groups: list[tuple[list[int], Tensor | None]] = [([n], mask) for n, mask in masked]
        if rest := [n for n, mask in enumerate(self.masks) if mask is None]:
            groups.insert(0, (rest, _rest([mask for _, mask in masked]) if masked else None))
        if whole is not None:
            groups = [(numbers, whole if mask is None else mask * whole) for numbers, mask in groups]
        return tuple(self._region(numbers, mask, side, photo, keep_colors) for numbers, mask in groups)

    def _region(self, numbers: list[int], mask: Tensor | None, side: int, photo: Tensor, keep_colors: bool) -> Region:
        styles = [self.styles[n] for n in numbers]
        images = [self._scaled(style, side) for style, _ in styles]
        enlarged = max(max(t.shape[2:]) / max(style.size) for t, (style, _) in zip(images, styles, strict=True))
        if keep_colors:
            images = [relit(image, photo) for image in images]
        whole = sum(weight for _, weight in styles)
        return Region(tuple(images), tuple(weight / whole for _, weight in styles), mask, enlarged)

    def _scaled(self, style: Image.Image, side: int) -> Tensor:
        """The style at the painting's own scale, enlarged if need be, so that strokes are as broad at every size."""
        size = fitted(style.size, max(1, round(side * self.style_scale)), square=self.reference)
        return self.tensor(style, (max(size[0], MIN_STYLE), max(size[1], MIN_STYLE)))


def _rest(masks: list[Tensor]) -> Tensor:
    return (1 - torch.stack(masks).sum(0)).clamp(0, 1)


def painted(regions: tuple[Region, ...]) -> Tensor | None:
    """(1, 1, H, W): how much of each pixel is painted; None: all of every one."""
    masks = [region.mask for region in regions if region.mask is not None]
    if len(masks) < len(regions):
        return None
    return torch.stack(masks).sum(0).clamp(0, 1)


def axes_of(regions: tuple[Region, ...], photo: Tensor) -> ColorAxes | None:
    """The axes of the colours of all styles."""
    styles = [style for region in regions for style in zip(region.styles, region.shares, strict=True)]
    return color_axes(styles, photo)


def relit(style: Tensor, photo: Tensor) -> Tensor:
    """The style with its brightness at the mean and spread of the photo's; both (1, 3, H, W) in [0, 1].

    So that with the photo's colours kept its light and dark are kept too: Gatys et al. 2016, "Preserving color in
    neural artistic style transfer", equation 10.
    """
    light, own = opponent(style)[:, :1], opponent(photo)[:, :1]
    moved = (light - light.mean()) / light.std().clamp(min=0.01) * own.std() + own.mean()
    return (style + moved - light).clamp(0, 1)
