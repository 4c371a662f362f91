"""Adam (Kingma & Ba 2015) on the levels of an image's pyramid: torch.optim's own takes over a second to import."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .color import ColorAxes
from .networks import halved

EPSILON = 1e-8
# Learning rate of the picture averaged over 2^k x 2^k pixels, relative to that of the pixels. With these levels half
# the iterations suffice; STROTSS and NNST optimise a Laplacian pyramid for the same reason.
LEVEL_RATES = 1.0, 0.5, 0.3
MIN_SIDE = 8  # px, of a level
# Factor of steps along colour axes, since a step along one axis changes each channel by less than 1. This factor and
# the powers were chosen by eye.
AXES_RATE = 1.4
SPREAD_POWERS = 1.5, 0.75, 0.25  # exponent of ColorAxes.spread at each level: the finest allows least foreign hue


@dataclass
class Moments:
    """Moving averages of the gradient of one level and of its square."""

    mean: Tensor  # (1, 3, h, w)
    square: Tensor

    def step(self, gradient: Tensor, betas: tuple[float, float], steps: int) -> Tensor:
        """Take the gradient in; returns the step, about 1 a pixel."""
        first, second = betas
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = self.square.sqrt().mul_((1 - second**steps) ** -0.5).add_(EPSILON)
        return self.mean.div(root).mul_(1 / (1 - first**steps))

    def rotated(self, rotation: Tensor) -> "Moments":
        """On other axes, (3, 3) from the old to the new; squares as if the old axes were independent."""
        turned = rotation[:, :, None, None]
        return Moments(F.conv2d(self.mean, turned), F.conv2d(self.square, turned**2))

    def resized(self, shape: tuple[int, int]) -> "Moments":
        """Resize them bilinearly. Bicubic interpolation can make `square` 0 where `mean` is not; steps would be huge
        there and leave coloured dots."""
        return Moments(*(F.interpolate(m, size=shape, mode="bilinear") for m in (self.mean, self.square)))


class Adam:
    """The optimiser of one image. `levels` 1 without `axes` is plain Adam."""

    def __init__(
        self,
        shape: tuple[int, int],
        device: torch.device,
        betas: tuple[float, float],
        levels: int,
        axes: ColorAxes | None = None,
    ) -> None:
        """`shape` is (height, width)."""
        self.betas, self.steps, self.levels, self.axes = betas, 0, levels, axes
        self.moments = []
        for side in self._sides(shape):
            zeros = torch.zeros(1, 3, *side, dtype=torch.float32, device=device)
            self.moments.append(Moments(zeros, zeros.clone()))

    def _sides(self, shape: tuple[int, int]) -> list[tuple[int, int]]:
        sides = [(-(-shape[0] // 2**k), -(-shape[1] // 2**k)) for k in range(self.levels)]
        return [side for k, side in enumerate(sides) if k == 0 or min(side) >= MIN_SIDE]

    @torch.no_grad()
    def step(self, image: Tensor, gradient: Tensor, rate: float) -> None:
        """Move the image (1, 3, H, W), in place; `rate` is about how far a pixel goes."""
        self.steps += 1
        if self.axes:
            gradient = self.axes.of(gradient)
        for k, moments in enumerate(self.moments):
            if k:
                gradient = 4 * halved(gradient)  # the sum over a block
            step = moments.step(gradient, self.betas, self.steps)
            if self.axes:
                step = AXES_RATE ** SPREAD_POWERS[k] * self.axes.to_rgb(step, SPREAD_POWERS[k])
            if k:
                step = F.interpolate(step, scale_factor=2**k, mode="bilinear")[..., : image.shape[2], : image.shape[3]]
            image.add_(step, alpha=-rate * LEVEL_RATES[k])

    @torch.no_grad()
    def resize(self, shape: tuple[int, int], axes: ColorAxes | None = None) -> None:
        """Resize the moments to (height, width); starting from zero moments would add noise to the picture."""
        self.turn(axes)
        sides = self._sides(shape)
        last = self.moments[-1]
        self.moments = [(self.moments[k] if k < len(self.moments) else last).resized(s) for k, s in enumerate(sides)]

    @torch.no_grad()
    def turn(self, axes: ColorAxes | None) -> None:
        """Go on along other axes."""
        mean = self.moments[0].mean
        rgb = torch.eye(3, dtype=mean.dtype, device=mean.device)
        old, new = (a.axes if a else rgb for a in (self.axes, axes))
        self.moments = [moments.rotated(new.T @ old) for moments in self.moments]
        self.axes = axes
