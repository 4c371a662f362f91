"""Adam (Kingma & Ba 2015) on the levels of an image's pyramid: torch.optim's own takes over a second to import."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import halved

EPSILON = 1e-8
# Step of the picture averaged over 2^k x 2^k pixels, as a part of the pixels' own. Steps of whole areas need half the
# iterations; as STROTSS and NNST optimise a Laplacian pyramid.
LEVEL_RATES = 1.0, 0.5, 0.3
MIN_SIDE = 8  # px, of a level


@dataclass
class Moments:
    """Of the gradient of one level, by which Adam scales its steps."""

    mean: Tensor  # (1, 3, h, w)
    square: Tensor

    def step(self, gradient: Tensor, betas: tuple[float, float], steps: int) -> Tensor:
        """Take the gradient in; returns the step, about 1 a pixel."""
        first, second = betas
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = self.square.sqrt().mul_((1 - second**steps) ** -0.5).add_(EPSILON)
        return self.mean.div(root).mul_(1 / (1 - first**steps))

    def resized(self, shape: tuple[int, int]) -> "Moments":
        """Enlarged bilinearly: bicubic's negative lobes can drive `square` to 0 where `mean` is not, and those pixels
        would leap (coloured dots)."""
        return Moments(*(F.interpolate(m, size=shape, mode="bilinear") for m in (self.mean, self.square)))


class Adam:
    """The optimiser of one image. `levels` 1 is plain Adam."""

    def __init__(self, shape: tuple[int, int], device: torch.device, betas: tuple[float, float], levels: int) -> None:
        """`shape` is (height, width)."""
        self.betas, self.steps, self.levels = betas, 0, levels
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
        for k, moments in enumerate(self.moments):
            if k:
                gradient = 4 * halved(gradient)  # the sum over a block
            step = moments.step(gradient, self.betas, self.steps)
            if k:
                step = F.interpolate(step, scale_factor=2**k, mode="bilinear")[..., : image.shape[2], : image.shape[3]]
            image.add_(step, alpha=-rate * LEVEL_RATES[k])

    @torch.no_grad()
    def resize(self, shape: tuple[int, int]) -> None:
        """Follow the image to (height, width): moments are enlarged, which spares the burst of noise of a new start."""
        sides = self._sides(shape)
        last = self.moments[-1]
        self.moments = [(self.moments[k] if k < len(self.moments) else last).resized(s) for k, s in enumerate(sides)]
