"""Coarse to fine: which sizes a painting goes through, and how many of its iterations each gets."""

import itertools

# px, longer side, where the live recipe begins: large forms are transferred where the network sees all of them.
FIRST_SIZE = 64
# Most iterations are at the small sizes, where they cost little: colours and forms settle there. Of side ** -0.35, -0.8
# and -1 the first mixed the photo's hues with the style's in flat areas, the last took longer and looked alike.
# The last size needs no more than its share: with 1.3 times as many and with 0.7, judges gave 27 and 24 of 51 votes.
POWER = -0.8  # of the side

PLATEAU_ITERATIONS, PLATEAU_FALL = 50, 0.01  # a plateau: the style loss fell by less than 1 % from 50 to the next 50


def sizes(largest: int) -> list[int]:
    """The longer sides, in px, from coarse to fine: each twice the last, ending at `largest`."""
    scales = [largest]
    while scales[0] // 2 >= FIRST_SIZE:
        scales.insert(0, scales[0] // 2)
    return scales


def shares(sides: list[int]) -> list[float]:
    """The part of all iterations that each size gets: the smaller the more."""
    parts = [side**POWER for side in sides]
    return [part / sum(parts) for part in parts]


def sizes_left(sides: list[int], scale: int, iterations: int, iteration: int) -> list[tuple[int, float]]:
    """Iterations left at sides[scale] and each later size, and how many times the pixels of sides[scale] it has."""
    parts = shares(sides)
    ends = [iteration, *(round(iterations * sum(parts[: n + 1])) for n in range(scale, len(sides)))]
    counts = [max(0, end - begin) for begin, end in itertools.pairwise(ends)]
    return [(count, (side / sides[scale]) ** 2) for count, side in zip(counts, sides[scale:], strict=True)]


def learning_rate(rate: float, side: int) -> float:
    """The rate at a size: larger at small ones, where fewer iterations must move colours as far."""
    return rate * (512 / side) ** 0.5


def levelled_off(losses: list[float]) -> bool:
    """Whether the style losses of the iterations so far are on a plateau; looked at every PLATEAU_ITERATIONS."""
    window = PLATEAU_ITERATIONS
    recent = losses[-2 * window :]
    if len(recent) < 2 * window or len(losses) % window:
        return False
    return sum(recent[window:]) > sum(recent[:window]) * (1 - PLATEAU_FALL)
