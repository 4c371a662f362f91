"""Smoothness: total variation of the pixels."""

from torch import Tensor

from ...settings import Settings
from .base import Measured, Term


class Smoothness(Term):
    """The mean squared difference between neighbouring pixels.

    The squared form of Mahendran & Vedaldi 2015, as Johnson's neural-style has it. The image counts as reflected at its
    border, so that a pixel there has neighbours on all sides.
    """

    name = "smoothness"

    def weight(self, settings: Settings) -> float:
        return settings.tv_weight

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        return Measured(total_variation(image))


def total_variation(image: Tensor) -> Tensor:
    """Of (N, 3, H, W) pixels, in each direction the mean over its differences; those at the border count twice."""
    total = image.new_zeros(())
    for dim in (2, 3):
        if image.shape[dim] > 1:
            d = image.diff(dim=dim).square()
            total = total + (d.sum() + d.select(dim, 0).sum() + d.select(dim, -1).sum()) / d.numel()
    return total
