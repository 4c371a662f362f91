"""The contents: four scenes as a camera would see them, ray-marched through signed distances (Hart 1996)."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Colour = tuple[float, float, float]
Scene = Callable[[Array], tuple[Array, Array]]  # points (N, 3) to (distance (N,), colour (N, 3))
WIDTH, HEIGHT = 768, 576


# ---- shapes: distance from points to a surface


def box(p: Array, centre: tuple[float, ...], half: tuple[float, ...], rounded: float = 0.0) -> Array:
    q = np.abs(p - np.array(centre, np.float32)) - (np.array(half, np.float32) - rounded)
    outside = np.sqrt((np.maximum(q, 0) ** 2).sum(1))
    return outside + np.minimum(q.max(1), 0) - rounded


def ball(p: Array, centre: tuple[float, ...], radius: float, stretch: tuple[float, ...] = (1, 1, 1)) -> Array:
    s = np.array(stretch, np.float32)
    q = (p - np.array(centre, np.float32)) / s
    return (np.sqrt((q**2).sum(1)) - radius) * s.min()


def rod(p: Array, a: tuple[float, ...], b: tuple[float, ...], radius: float) -> Array:
    start, along = np.array(a, np.float32), np.array(b, np.float32) - np.array(a, np.float32)
    t = np.clip((p - start) @ along / (along @ along), 0, 1)[:, None]
    return np.sqrt(((p - start - t * along) ** 2).sum(1)) - radius


def melt(a: Array, b: Array, k: float) -> Array:
    """The union of two shapes with a soft seam."""
    h = np.clip(0.5 + 0.5 * (b - a) / k, 0, 1)
    return b * (1 - h) + a * h - k * h * (1 - h)


def noise(p: Array, seed: int = 0, octaves: int = 4) -> Array:
    """Value noise of 2-D points (N, 2), about -1 to 1."""
    table = np.random.default_rng(seed).uniform(-1, 1, (64, 64)).astype(np.float32)
    total, size = np.zeros(len(p), np.float32), 1.0
    for _ in range(octaves):
        cell = np.floor(p).astype(int)
        f = p - cell
        f = f * f * (3 - 2 * f)
        x0, y0, x1, y1 = cell[:, 0] % 64, cell[:, 1] % 64, (cell[:, 0] + 1) % 64, (cell[:, 1] + 1) % 64
        top = table[x0, y0] * (1 - f[:, 0]) + table[x1, y0] * f[:, 0]
        low = table[x0, y1] * (1 - f[:, 0]) + table[x1, y1] * f[:, 0]
        total += size * (top * (1 - f[:, 1]) + low * f[:, 1])
        p, size = p * 2.03 + 7.1, size / 2
    return total / 2


class Parts:
    """A scene put together: the nearest shape gives each point its distance and its colour."""

    def __init__(self, p: Array) -> None:
        self.p, self.d, self.c = p, np.full(len(p), 1e3, np.float32), np.zeros((len(p), 3), np.float32)

    def add(self, d: Array, colour: tuple[float, float, float] | Array) -> None:
        nearer = d < self.d
        self.d = np.where(nearer, d, self.d)
        self.c = np.where(nearer[:, None], np.asarray(colour, np.float32), self.c)

    def within(self, centre: tuple[float, ...], radius: float, build: Callable[["Parts"], None]) -> None:
        """Add what `build` makes inside a sphere; points for which it cannot be the nearest are passed over."""
        some = np.sqrt(((self.p - np.array(centre, np.float32)) ** 2).sum(1)) - radius < self.d
        if some.any():
            part = Parts(self.p[some])
            build(part)
            nearer = part.d < self.d[some]
            chosen = np.flatnonzero(some)[nearer]
            self.d[chosen], self.c[chosen] = part.d[nearer], part.c[nearer]


# ---- the scenes


def robots(p: Array) -> tuple[Array, Array]:
    """Two box-shaped toys on a table."""
    s = Parts(p)
    grain = 0.5 + 0.5 * noise(p[:, [0, 2]] * np.array([0.7, 9.0], np.float32), 3)[:, None]
    s.add(p[:, 1], np.array([0.62, 0.42, 0.26]) * (0.8 + 0.3 * grain))
    wall = 0.9 + 0.1 * np.sign(np.sin(p[:, :1] * 5))
    s.add(6 - p[:, 2], np.array([0.55, 0.68, 0.70]) * wall)
    for x, z, turn, body, head in (
        (-0.85, 0.0, 0.35, (0.82, 0.23, 0.18), (0.93, 0.78, 0.36)),
        (0.95, 0.7, -0.45, (0.20, 0.46, 0.62), (0.86, 0.87, 0.84)),
    ):
        s.within((x, 1.25, z), 1.4, partial(_robot, x=x, z=z, turn=turn, body=body, head=head))
    s.add(ball(p, (0.1, 0.24, -0.75), 0.24), (0.92, 0.75, 0.22))
    s.add(box(p, (-2.1, 0.3, 1.4), (0.3, 0.3, 0.3), 0.04), (0.35, 0.6, 0.38))
    s.add(box(p, (-2.0, 0.85, 1.45), (0.24, 0.24, 0.24), 0.04), (0.85, 0.5, 0.3))
    return s.d, s.c


def _robot(s: Parts, x: float, z: float, turn: float, body: Colour, head: Colour) -> None:
    c, n = np.cos(turn), np.sin(turn)
    q = s.p - np.array([x, 0, z], np.float32)
    q = np.stack([c * q[:, 0] - n * q[:, 2], q[:, 1], n * q[:, 0] + c * q[:, 2]], 1)
    dark = (0.16, 0.17, 0.2)
    s.add(box(q, (0, 0.95, 0), (0.48, 0.5, 0.34), 0.06), body)
    s.add(box(q, (0, 1.83, 0), (0.36, 0.3, 0.3), 0.05), head)
    s.add(box(q, (0, 1.0, -0.34), (0.28, 0.22, 0.03), 0.02), (0.95, 0.92, 0.85))
    s.add(rod(q, (0, 2.1, 0), (0, 2.42, 0), 0.025), dark)
    s.add(ball(q, (0, 2.46, 0), 0.08), (0.95, 0.35, 0.25))
    for side in (-1, 1):
        s.add(ball(q, (0.16 * side, 1.9, -0.28), 0.09), (0.98, 0.98, 0.95))
        s.add(ball(q, (0.16 * side, 1.9, -0.345), 0.045), dark)
        s.add(box(q, (0.24 * side, 0.22, 0), (0.15, 0.24, 0.2), 0.04), dark)
        s.add(rod(q, (0.52 * side, 1.25, 0), (0.72 * side, 0.75, -0.22), 0.1), head)
        s.add(ball(q, (0.73 * side, 0.7, -0.25), 0.14), body)
        s.add(ball(q, (0.12 * side, 1.0, -0.38), 0.05), (0.25, 0.6, 0.4) if side > 0 else (0.85, 0.6, 0.2))
    s.add(box(q, (0, 1.68, -0.3), (0.18, 0.035, 0.02), 0.01), dark)


def ruins(p: Array) -> tuple[Array, Array]:
    """Terraces and roofless houses on a saddle, a peak behind them."""
    s = Parts(p)
    flat = p[:, [0, 2]]
    rough = noise(flat * 0.8, 5, 5)
    ridge = 1 - np.abs(noise(flat * np.array([0.9, 0.5], np.float32), 15, 4))
    peak = 4.6 * np.exp(-(np.sqrt(((p[:, 0] - 1.0) / 0.95) ** 2 + ((p[:, 2] - 9.0) / 1.5) ** 2 + 0.05) ** 1.5))
    left = 4.4 * np.exp(-(((p[:, 0] + 4.6) / 2.1) ** 2 + ((p[:, 2] - 12) / 2.8) ** 2))
    right = 3.6 * np.exp(-(((p[:, 0] - 5.6) / 2.0) ** 2 + ((p[:, 2] - 11) / 2.4) ** 2))
    knob = 1.5 * np.exp(-(((p[:, 0] + 0.9) / 0.7) ** 2 + ((p[:, 2] - 7.4) / 0.9) ** 2))
    far = (peak + left + right + knob) * (0.55 + 0.6 * ridge) * (1 + 0.12 * rough) + 0.25 * rough * (p[:, 2] > 5)
    slope = np.clip(1.5 - 0.55 * np.abs(p[:, 0] + 0.4) + 0.15 * np.sin(p[:, 2] * 1.3), -1.2, 1.2)
    steps = np.floor(slope * 4.5) / 4.5 + 0.03 * rough
    near = np.where(np.abs(p[:, 0] + 0.3) < 1.0, 0.9 + 0.02 * rough, steps)
    fade = 1 / (1 + np.exp(-(p[:, 2] - 5.4) * 3))
    height = near * (1 - fade) + (far - 0.5) * fade
    grass = np.array([0.30, 0.50, 0.12]) * (0.85 + 0.5 * noise(flat * 6, 2)[:, None])
    steep = (np.abs(slope * 4.5 - np.round(slope * 4.5)) < 0.13) & (np.abs(p[:, 0] + 0.3) > 1.0)
    ground = np.where(steep[:, None], _stone(p), grass)
    moss = np.array([0.20, 0.34, 0.15]) * (0.9 + 0.9 * noise(flat * 4, 12)[:, None])
    bare = np.clip(p[:, 1:2] * 0.5 - 0.6 + rough[:, None], 0, 1)
    rock = moss * (1 - bare) + np.array([0.38, 0.36, 0.34]) * bare
    s.add((p[:, 1] - height) * 0.45, ground * (1 - fade[:, None]) + rock * fade[:, None])
    draw = np.random.default_rng(11)
    for row in range(5):
        for column in range(3):
            x, z = -1.05 + column * 0.72 + draw.uniform(-0.08, 0.08), 0.7 + row * 0.95 + draw.uniform(-0.1, 0.1)
            w, h, depth = draw.uniform(0.22, 0.28), draw.uniform(0.12, 0.3), draw.uniform(0.24, 0.34)
            if draw.random() < 0.15:
                continue
            s.within((x, 1.1, z), 0.7, partial(_house, x=x, z=z, half=(w, h, depth)))
    return s.d, s.c


def _house(s: Parts, x: float, z: float, half: tuple[float, float, float]) -> None:
    """Four walls, a door and two gables, without a roof."""
    p, (w, h, depth) = s.p, half
    stone = _stone(p) * 1.15
    walls = box(p, (x, 0.9 + h / 2, z), half, 0.01)
    hollow = box(p, (x, 1.0 + h, z), (w - 0.06, h + 0.3, depth - 0.06))
    door = box(p, (x + 0.03, 0.95, z - depth), (0.05, 0.16, 0.2))
    s.add(np.maximum(np.maximum(walls, -hollow), -door), stone)
    for side in (-1, 1):
        q = p - np.array([x + side * (w - 0.03), 0.9 + 1.5 * h, z], np.float32)
        gable = np.maximum(np.abs(q[:, 0]) - 0.03, (q[:, 1] * 0.8 + np.abs(q[:, 2]) * 0.6) - 0.17)
        s.add(np.maximum(gable, -q[:, 1] - 0.3), stone)


def _stone(p: Array) -> Array:
    return np.array([0.60, 0.55, 0.46]) * (0.8 + 0.55 * noise(p[:, [0, 1]] * 14 + p[:, [2, 2]] * 9, 4, 2)[:, None])


def face(p: Array) -> tuple[Array, Array]:
    """Somebody looking at us, in a scarf, before a plain wall."""
    s = Parts(p)
    s.add(3.2 - p[:, 2], np.array([0.44, 0.55, 0.52]) * (0.95 + 0.1 * noise(p[:, [0, 1]] * 1.5, 8)[:, None]))
    s.within((0, -0.6, 0), 2.5, _bust)
    return s.d, s.c


def _bust(s: Parts) -> None:
    p = s.p
    skin, hair = (0.86, 0.62, 0.49), np.array([0.19, 0.11, 0.08])
    head = ball(p, (0, 0.15, 0), 1.0, (0.78, 1.0, 0.86))
    jaw = ball(p, (0, -0.52, -0.18), 0.5, (1.02, 0.86, 0.9))
    head = melt(head, jaw, 0.35)
    nose = melt(rod(p, (0, 0.2, -0.86), (0, -0.14, -1.02), 0.06), ball(p, (0, -0.17, -0.99), 0.105), 0.1)
    head = melt(head, nose, 0.12)
    for side in (-1, 1):
        head = melt(head, ball(p, (0.085 * side, -0.18, -0.94), 0.062), 0.06)
        head = melt(head, rod(p, (0.14 * side, 0.32, -0.86), (0.46 * side, 0.33, -0.74), 0.06), 0.12)
        head = melt(head, ball(p, (0.42 * side, -0.16, -0.62), 0.2), 0.25)
        head = -melt(-head, ball(p, (0.3 * side, 0.13, -0.9), 0.17), 0.12)
        head = melt(head, ball(p, (0.79 * side, 0.05, 0.05), 0.2, (0.5, 1, 0.8)), 0.06)
    tone = np.array(skin) * (1 + 0.05 * noise(p[:, [0, 1]] * 3, 6)[:, None])
    blush = np.exp(-(((np.abs(p[:, 0]) - 0.45) / 0.2) ** 2 + ((p[:, 1] + 0.2) / 0.18) ** 2))[:, None]
    tone = tone * (1 - blush * np.array([0.02, 0.16, 0.14]))
    s.add(head, tone)
    for side in (-1, 1):
        s.add(ball(p, (0.3 * side, 0.12, -0.66), 0.17), (0.95, 0.94, 0.92))
        s.add(ball(p, (0.29 * side, 0.12, -0.762), 0.085), (0.24, 0.36, 0.34))
        s.add(ball(p, (0.287 * side, 0.12, -0.803), 0.05), (0.03, 0.03, 0.04))
        s.add(ball(p, (0.287 * side - 0.03, 0.15, -0.838), 0.02), (1.0, 1.0, 1.0))
        s.add(rod(p, (0.13 * side, 0.225, -0.87), (0.45 * side, 0.205, -0.73), 0.026), (0.42, 0.25, 0.2))
        s.add(rod(p, (0.14 * side, 0.385, -0.87), (0.48 * side, 0.4, -0.71), 0.032), hair)
        s.add(rod(p, (0.02 * side, -0.495, -0.845), (0.23 * side, -0.435, -0.74), 0.036), (0.66, 0.27, 0.26))
        s.add(rod(p, (0.0, -0.55, -0.835), (0.18 * side, -0.49, -0.76), 0.042), (0.74, 0.34, 0.32))
    strands = hair * (1 + 0.6 * noise(np.stack([np.arctan2(p[:, 0], p[:, 2]) * 9, p[:, 1] * 0.8], 1), 9)[:, None])
    top = ball(p, (0, 0.42, 0.16), 1.0, (0.9, 0.86, 0.88))
    cut = ball(p, (0.14, -0.36, -1.0), 1.0, (0.7, 1.0, 0.66))
    s.add(np.maximum(top, -cut), strands)
    for side in (-1, 1):
        s.add(melt(rod(p, (0.8 * side, 0.4, 0.1), (0.86 * side, -0.9, 0.1), 0.24), top, 0.1), strands)
    s.add(rod(p, (0, -0.8, 0.1), (0, -1.5, 0.1), 0.36), skin)
    coat = ball(p, (0, -2.3, 0.2), 1.0, (1.75, 1.0, 0.75))
    s.add(coat, (0.17, 0.24, 0.36))
    red, cream = np.array([[0.78, 0.2, 0.18]]), np.array([[0.9, 0.8, 0.6]])
    stripe = np.where(np.sin(p[:, :1] * 14 + p[:, 1:2] * 5) > 0.2, red, cream)
    s.add(ball(p, (0, -1.25, 0.0), 0.62, (1.1, 0.42, 1.0)), stripe)


def city(p: Array) -> tuple[Array, Array]:
    """A street of towers down to a river, late in the day."""
    s = Parts(p)
    ripple = 0.5 + 0.5 * noise(p[:, [0, 2]] * np.array([2.0, 14.0], np.float32), 3)[:, None]
    water = np.array([0.25, 0.38, 0.48]) * (0.7 + 0.6 * ripple)
    s.add(p[:, 1] + 0.02 * ripple[:, 0], water)
    s.add(box(p, (0, 0.06, 6.6), (9, 0.14, 5.0)), (0.5, 0.47, 0.43))
    draw = np.random.default_rng(5)
    palette = [(0.76, 0.62, 0.5), (0.62, 0.36, 0.28), (0.82, 0.78, 0.7), (0.42, 0.48, 0.55), (0.68, 0.52, 0.36)]
    for row, z in enumerate((2.3, 3.6, 5.2, 7.2)):
        x = -4.6 - row
        while x < 4.6 + row:
            w, h = draw.uniform(0.26, 0.5), draw.uniform(0.5, 1.3) + row * draw.uniform(0.15, 0.62)
            middle = x + w
            colour, top = palette[draw.integers(len(palette))], draw.uniform(-0.8, 1)
            tower = partial(_tower, x=middle, z=z, w=w, h=h, colour=colour, top=top)
            s.within((middle, h / 2 + 0.3, z), 1.0 + h / 2, tower)
            x += 2 * w + draw.uniform(0.02, 0.14)
    for x in np.arange(-4.2, 4.5, 0.55):  # the bridge
        s.add(rod(p, (x, -0.2, 1.1), (x, 0.42, 1.1), 0.035), (0.36, 0.22, 0.2))
    s.add(box(p, (0, 0.44, 1.1), (6, 0.05, 0.14), 0.01), (0.5, 0.28, 0.24))
    s.add(box(p, (-0.9, 0.14, 0.35), (0.34, 0.07, 0.12), 0.05), (0.75, 0.25, 0.18))
    s.add(box(p, (-0.95, 0.26, 0.37), (0.16, 0.07, 0.08), 0.02), (0.92, 0.9, 0.85))
    return s.d, s.c


def _tower(s: Parts, x: float, z: float, w: float, h: float, colour: Colour, top: float) -> None:
    """A house with lit and dark windows, and a mast or a storey on its roof."""
    p = s.p
    across, up = p[:, 0] * 7.5, p[:, 1] * 8.0
    window = (np.mod(across, 1) > 0.35) & (np.mod(up, 1) > 0.4) & (p[:, 1] < h + 0.05) & (p[:, 1] > 0.35)
    chance = np.sin(np.floor(across) * 12.99 + np.floor(up) * 78.2 + z) * 43758.5
    lit = (chance - np.floor(chance)) > 0.72
    glass = np.where(lit[:, None], np.array([[1.35, 1.0, 0.45]]), np.array([[0.16, 0.21, 0.28]]))
    s.add(box(p, (x, h / 2 + 0.1, z), (w, h / 2 + 0.1, 0.42), 0.015), np.where(window[:, None], glass, colour))
    if top > 0.3:
        s.add(rod(p, (x, h, z), (x, h + top * 0.7, z), 0.02), (0.3, 0.28, 0.28))
    elif top > -0.2:
        s.add(box(p, (x, h + 0.28, z), (w * 0.55, 0.16, 0.22), 0.01), np.array(colour) * 0.85)
