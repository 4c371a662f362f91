"""Adam (Kingma & Ba 2015) for one image: torch.optim's own takes more than a second to import."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

EPSILON = 1e-8


@dataclass
class Adam:
    """The moments of an image's gradient, and how many steps they are of."""

    mean: Tensor  # of the image's shape
    square: Tensor
    betas: tuple[float, float]
    steps: int = 0

    @torch.no_grad()
    def step(self, image: Tensor, gradient: Tensor, rate: float) -> None:
        """Move the image, in place; `rate` is about how far a pixel goes."""
        first, second = self.betas
        self.steps += 1
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        root = self.square.sqrt().mul_((1 - second**self.steps) ** -0.5).add_(EPSILON)
        image.addcdiv_(self.mean, root, value=-rate / (1 - first**self.steps))

    def resized(self, size: tuple[int, int]) -> "Adam":
        """For the image enlarged to (width, height).

        By weights that are all positive, since others leave squares of 0 beside means that are not: a few pixels would
        step as far as they can, and stay single coloured dots.
        """
        mean, square = (
            F.interpolate(moment, size=(size[1], size[0]), mode="bilinear") for moment in (self.mean, self.square)
        )
        return Adam(mean, square, self.betas, self.steps)
