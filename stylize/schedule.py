"""Coarse to fine: which sizes a painting goes through, and how many of its iterations each gets."""

FIRST_SIZE = 128  # px, longer side, where the live recipe begins


def sizes(largest: int) -> list[int]:
    """The longer sides, in px, from coarse to fine: each twice the last, ending at `largest`."""
    scales = [largest]
    while scales[0] // 2 >= FIRST_SIZE:
        scales.insert(0, scales[0] // 2)
    return scales


def shares(sides: list[int]) -> list[float]:
    """The part of all iterations that each size gets: one four times as large gets half as many.

    Half as many for one twice as large was tried: a sixth faster at 512 px, and twice as far from the style's conv3_1.
    """
    parts = [side**-0.5 for side in sides]
    return [part / sum(parts) for part in parts]
