"""Term: what the objective asks of each term of the loss."""

from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from ...settings import Settings
from ..scene import Scene
from ..tiles import Whole


@dataclass(frozen=True)
class Measured:
    """A term's loss, unweighted, and the parts that it is the weighted sum of, if any (the style layers)."""

    loss: Tensor
    parts: dict[str, Tensor] = field(default_factory=dict)


class Term:
    """One term of the loss at one size. Targets are computed when they are first needed.

    The settings in force are passed at each call, since weights may change while a picture is painted.
    """

    name: ClassVar[str]

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def weight(self, settings: Settings) -> float:
        """Its weight in the total, strength included; where it is 0 nothing is computed."""
        raise NotImplementedError

    def layers(self, settings: Settings) -> set[str]:
        """The network's layers whose features `sums` reads."""
        return set()

    def sums(self, features: dict[str, Tensor], place: Whole, settings: Settings) -> list[Tensor]:
        """Sums over positions of the features at a place, which add up over the tiles of a large picture."""
        return []

    def measure(self, image: Tensor, sums: list[Tensor], settings: Settings) -> Measured:
        """The loss of an image (1, 3, H, W), given the sums of its features over all places."""
        raise NotImplementedError
