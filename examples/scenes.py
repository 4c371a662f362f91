"""The contents: four scenes as a camera would see them, ray-marched through signed distances (Hart 1996)."""

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Scene = Callable[[Array], tuple[Array, Array]]  # points (N, 3) to (distance (N,), colour (N, 3))
WIDTH, HEIGHT = 768, 576


def box(p: Array, n: Array) -> Array:
    q = np.abs(p - n[:3]) - (n[3:6] - n[6:].sum())
    return np.sqrt((np.maximum(q, 0) ** 2).sum(1)) + np.minimum(q.max(1), 0) - n[6:].sum()


def ball(p: Array, n: Array) -> Array:
    stretch = n[4:] if len(n) > 4 else np.ones(3, np.float32)
    return (np.sqrt((((p - n[:3]) / stretch) ** 2).sum(1)) - n[3]) * stretch.min()


def rod(p: Array, n: Array) -> Array:
    along = n[3:6] - n[:3]
    t = np.clip((p - n[:3]) @ along / (along @ along), 0, 1)[:, None]
    return np.sqrt(((p - n[:3] - t * along) ** 2).sum(1)) - n[6]


def house(p: Array, n: Array) -> Array:
    """Four walls, a door and two gables, without a roof."""
    q, (w, h, depth) = p - n[:3], n[3:]
    walls = box(q, np.array([0, h / 2, 0, w, h, depth, 0.01]))
    hollow = box(q, np.array([0, 0.1 + h, 0, w - 0.06, h + 0.3, depth - 0.06]))
    door = box(q, np.array([0.03, 0.05, -depth, 0.05, 0.16, 0.2]))
    rise = q[:, 1] - 1.5 * h
    gables = np.maximum(np.abs(np.abs(q[:, 0]) - w + 0.03) - 0.03, rise * 0.8 + np.abs(q[:, 2]) * 0.6 - 0.17)
    return np.minimum(np.maximum(np.maximum(walls, -hollow), -door), np.maximum(gables, -rise - 0.3))


def melt(a: Array, b: Array, k: float) -> Array:
    """The union of two shapes with a soft seam."""
    h = np.clip(0.5 + 0.5 * (b - a) / k, 0, 1)
    return b * (1 - h) + a * h - k * h * (1 - h)


def noise(p: Array, seed: int = 0, octaves: int = 4) -> Array:
    """Value noise of 2-D points (N, 2), about -1 to 1."""
    table = np.random.default_rng(seed).uniform(-1, 1, (64, 64)).astype(np.float32)
    total = np.zeros(len(p), np.float32)
    for k in range(octaves):
        cell = np.floor(p).astype(int)
        f = p - cell
        f = f * f * (3 - 2 * f)
        (x, y), (right, below) = cell.T % 64, (cell.T + 1) % 64
        top = table[x, y] * (1 - f[:, 0]) + table[right, y] * f[:, 0]
        low = table[x, below] * (1 - f[:, 0]) + table[right, below] * f[:, 0]
        total += (top * (1 - f[:, 1]) + low * f[:, 1]) / 2**k
        p = p * 2.03 + 7.1
    return total / 2


def painted(p: Array, colour: Array, texture: str, n: Array) -> Array:
    """A solid's colour at its points; n is the solid's numbers."""
    if texture == "stone":
        return colour * (0.8 + 0.55 * noise(p[:, [0, 1]] * 14 + p[:, [2, 2]] * 9, 4, 2)[:, None])
    if texture == "hair":
        return colour * (1 + 0.6 * noise(np.stack([np.arctan2(p[:, 0], p[:, 2]) * 9, p[:, 1] * 0.8], 1), 9)[:, None])
    if texture == "scarf":
        return np.where(np.sin(p[:, :1] * 14 + p[:, 1:2] * 5) > 0.2, colour, [0.9, 0.8, 0.6])
    if texture == "skin":
        blush = np.exp(-(((np.abs(p[:, 0]) - 0.45) / 0.2) ** 2 + ((p[:, 1] + 0.2) / 0.18) ** 2))[:, None]
        return colour * (1 + 0.05 * noise(p[:, [0, 1]] * 3, 6)[:, None]) * (1 - blush * [0.02, 0.16, 0.14])
    across, up = p[:, 0] * 7.5, p[:, 1] * 8.0  # windows, lit and dark
    glass = (np.mod(across, 1) > 0.35) & (np.mod(up, 1) > 0.4) & (p[:, 1] < 2 * n[1] - 0.15) & (p[:, 1] > 0.35)
    chance = np.sin(np.floor(across) * 12.99 + np.floor(up) * 78.2 + n[2]) * 43758.5
    lit = (chance - np.floor(chance))[:, None] > 0.72
    return np.where(glass[:, None], np.where(lit, [[1.35, 1.0, 0.45]], [[0.16, 0.21, 0.28]]), colour)


@cache
def listed(name: str) -> list[list[str]]:
    """The words of each line that scenes.txt lists under a name."""
    text = (Path(__file__).parent / "scenes.txt").read_text(encoding="utf-8")
    return [row.split() for row in text.split(f"\n{name}\n")[1].split("\n\n")[0].splitlines()]


class Parts:
    """A scene put together: the nearest shape gives each point its distance and its colour."""

    def __init__(self, p: Array) -> None:
        self.p, self.d, self.c = p, np.full(len(p), 1e3, np.float32), np.zeros((len(p), 3), np.float32)

    def add(self, d: Array, colour: Array) -> None:
        nearer = d < self.d
        self.d = np.where(nearer, d, self.d)
        self.c = np.where(nearer[:, None], np.asarray(colour, np.float32), self.c)

    def build(self, rows: list[list[str]]) -> None:
        """Add the solids of these lines; points for which a group cannot be the nearest are passed over."""
        starts = [k for k, row in enumerate(rows) if row[0] == "group"] + [len(rows)]
        self._solids(rows[: starts[0]])
        for start, end in pairwise(starts):
            some = ball(self.p, np.array(rows[start][1:], np.float32)) < self.d
            if some.any():
                part = Parts(self.p[some])
                part._solids(rows[start + 1 : end])
                nearer = part.d < self.d[some]
                chosen = np.flatnonzero(some)[nearer]
                self.d[chosen], self.c[chosen] = part.d[nearer], part.c[nearer]

    def _solids(self, rows: list[list[str]]) -> None:
        d, colour = self.d, self.c
        for what, form, *words in rows:
            n = np.array(words, np.float32)
            for side in (-1, 1) if form.endswith("*") else (1,):
                new = globals()[form.rstrip("*")](self.p * np.array([side, 1, 1], np.float32), n)
                if what[0] in "+-":
                    k = float(what[1:])
                    d = melt(d, new, k) if what[0] == "+" else -melt(-d, new, k)
                else:
                    self.add(d, colour)
                    code, _, texture = what.partition("/")
                    d, colour = new, np.array([*bytes.fromhex(code)], np.float32) / 255
                    colour = painted(self.p, colour, texture, n) if texture else colour
        self.add(d, colour)


def robots(p: Array) -> tuple[Array, Array]:
    """Two box-shaped toys on a table."""
    s = Parts(p)
    grain = 0.5 + 0.5 * noise(p[:, [0, 2]] * np.array([0.7, 9.0], np.float32), 3)[:, None]
    s.add(p[:, 1], np.array([0.62, 0.42, 0.26]) * (0.8 + 0.3 * grain))
    s.add(6 - p[:, 2], np.array([0.55, 0.68, 0.70]) * (0.9 + 0.1 * np.sign(np.sin(p[:, :1] * 5))))
    s.build(listed("toys"))
    for x, z, turn, swap in ((-0.85, 0, 0.35, ("d13b2e", "edc75c")), (0.95, 0.7, -0.45, ("33759e", "dbded6"))):
        c, n, q = np.cos(turn), np.sin(turn), p - np.array([x, 0, z], np.float32)
        s.p = np.stack([c * q[:, 0] - n * q[:, 2], q[:, 1], n * q[:, 0] + c * q[:, 2]], 1)
        s.build([[{"body": swap[0], "head": swap[1]}.get(row[0], row[0]), *row[1:]] for row in listed("robot")])
    return s.d, s.c


def ruins(p: Array) -> tuple[Array, Array]:
    """Terraces and roofless houses on a saddle, a peak behind them."""
    s, (x, _, z), flat = Parts(p), p.T, p[:, [0, 2]]
    rough = noise(flat * 0.8, 5, 5)
    crest = 1 - np.abs(noise(flat * np.array([0.9, 0.5], np.float32), 15, 4))
    far = 4.6 * np.exp(-(np.sqrt(((x - 1.0) / 0.95) ** 2 + ((z - 9.0) / 1.5) ** 2 + 0.05) ** 1.5))
    for high, mx, mz, w, depth in ((4.4, -4.6, 12, 2.1, 2.8), (3.6, 5.6, 11, 2.0, 2.4), (1.5, -0.9, 7.4, 0.7, 0.9)):
        far = far + high * np.exp(-(((x - mx) / w) ** 2 + ((z - mz) / depth) ** 2))
    far = far * (0.55 + 0.6 * crest) * (1 + 0.12 * rough) + 0.25 * rough * (z > 5)
    slope = np.clip(1.5 - 0.55 * np.abs(x + 0.4) + 0.15 * np.sin(z * 1.3), -1.2, 1.2)
    near = np.where(np.abs(x + 0.3) < 1.0, 0.9 + 0.02 * rough, np.floor(slope * 4.5) / 4.5 + 0.03 * rough)
    fade = 1 / (1 + np.exp(-(z - 5.4) * 3))
    height = near * (1 - fade) + (far - 0.5) * fade
    grass = np.array([0.30, 0.50, 0.12]) * (0.85 + 0.5 * noise(flat * 6, 2)[:, None])
    steep = (np.abs(slope * 4.5 - np.round(slope * 4.5)) < 0.13) & (np.abs(x + 0.3) > 1.0)
    ground = np.where(steep[:, None], painted(p, np.array([0.60, 0.55, 0.46]), "stone", p), grass)
    moss = np.array([0.20, 0.34, 0.15]) * (0.9 + 0.9 * noise(flat * 4, 12)[:, None])
    bare = np.clip(p[:, 1:2] * 0.5 - 0.6 + rough[:, None], 0, 1)
    rock = moss * (1 - bare) + np.array([0.38, 0.36, 0.34]) * bare
    s.add((p[:, 1] - height) * 0.45, ground * (1 - fade[:, None]) + rock * fade[:, None])
    s.build(listed("houses"))
    return s.d, s.c


def face(p: Array) -> tuple[Array, Array]:
    """Somebody looking at us, in a scarf, before a plain wall."""
    s = Parts(p)
    s.add(3.2 - p[:, 2], np.array([0.44, 0.55, 0.52]) * (0.95 + 0.1 * noise(p[:, [0, 1]] * 1.5, 8)[:, None]))
    s.build(listed("bust"))
    return s.d, s.c


def city(p: Array) -> tuple[Array, Array]:
    """A street of towers down to a river, late in the day."""
    s = Parts(p)
    ripple = 0.5 + 0.5 * noise(p[:, [0, 2]] * np.array([2.0, 14.0], np.float32), 3)
    s.add(p[:, 1] + 0.02 * ripple, np.array([0.25, 0.38, 0.48]) * (0.7 + 0.6 * ripple[:, None]))
    s.build(listed("quay"))
    s.build(listed("towers"))
    return s.d, s.c
