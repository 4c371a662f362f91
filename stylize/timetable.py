"""Coarse to fine: which sizes a painting goes through, and how many of its iterations each gets."""

FIRST_SIZE = 128  # px, longer side, where the live recipe begins


def sizes(largest: int) -> list[int]:
    """The longer sides, in px, from coarse to fine: each twice the last, ending at `largest`."""
    scales = [largest]
    while scales[0] // 2 >= FIRST_SIZE:
        scales.insert(0, scales[0] // 2)
    return scales


def shares(sides: list[int]) -> list[float]:
    """The part of all iterations that each size gets: one twice as large gets half as many."""
    whole = sum(1 / side for side in sides)
    return [1 / side / whole for side in sides]
