"""Strength: one slider from a hint of the style to nearly nothing but it, as what it moves."""

from dataclasses import dataclass

from ..settings import Settings


@dataclass(frozen=True)
class Weights:
    """What the settings' weights come to at their strength.

    `pull` is how far the targets lie from the photo's own statistics towards the style's; `hold` is the photo's part of
    the picture whose neighbours are sought, and of the fine detail that is put back when the painting is enlarged.
    """

    content: float
    style: float
    neighbors: float
    palette: float
    grain: float
    tv: float
    pull: float
    hold: float


def weights_of(s: Settings) -> Weights:
    """Below 0, strength moves the targets back towards the photo's own; above 0, the content lets go of its shapes.

    In the reference recipe it multiplies the style's weight: twice as much for each step.
    """
    if s.reference:
        return Weights(s.content_weight, s.style_weight * 2**s.strength, 0, 0, 0, s.tv_weight, 1.0, 1.0)
    up, down = max(0.0, s.strength), min(0.0, s.strength)
    return Weights(
        content=s.content_weight * 2 ** (-1.5 * up),
        style=s.style_weight,
        neighbors=s.neighbor_weight * 2 ** (up / 2 + down),
        palette=s.palette_weight,
        grain=s.grain_weight,
        tv=s.tv_weight,
        pull=2 ** (down / 2),
        hold=1 - up / 4,
    )
