"""Styles of paint: a starry night, an autumn in slabs of the knife, cubism, dots."""
# ruff: noqa: I001 (one imported name a line is too long a list)

import numpy as np
from brush import (
    BIG, Array, Rng, X, Y, at, bend, blur, draw, edges, finish, lay, motif, patch, ramp, ribbon, shape, smooth,
    step,
)  # fmt: skip
from media import Paint, light
from PIL import Image

STARS = [(1230, 250, 120), (210, 190, 64), (480, 150, 44), (800, 230, 52), (620, 500, 36), (1010, 440, 38),
         (1400, 600, 48), (650, 330, 30), (90, 560, 50)]  # fmt: skip
EDDIES = [(560, 680, 250, 3.4), (960, 790, 190, -3.4), (230, 400, 150, -2.4), (1250, 760, 130, 2.6)]


def night(rng: Rng) -> Image.Image:
    """A night sky of swirling strokes with glowing stars, over hills and a village."""
    wander = smooth(rng, 6)
    hill = 1130 + 60 * np.sin(X / 210) - 110 * np.exp(-(((X - 1250) / 280) ** 2))
    stream = Y + 66 * np.cos(X / 190) + 40 * wander  # strokes and bands follow its contours
    for x, y, r, turn in EDDIES + [(x, y, 2.1 * r, 9) for x, y, r in STARS]:
        stream = stream + turn * r / 2 * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (r * r))
    down, along = np.gradient(stream)
    band = 0.5 + 0.42 * np.sin(stream / 30) + 0.3 * smooth(rng, 9) + 0.12 * smooth(rng, 50)
    base = ramp("101a4c-1a2f7c-2548a0-3a6cb8-6ea4cc-a8cce0-d8e6dc", band)
    for x, y, r in STARS:
        d = np.hypot(X - x, Y - y) / r
        lay(base, 1 - step(d, 1, 1.6), ramp("fffbe0-ffe66a-ffcf3e-eaa832-ffe078-9cc4b4", d / 1.5))
    land = step(Y - hill, -4, 4)
    furrow = 0.45 + 0.4 * np.sin((Y - hill) / 40 + wander * 3 + X / 500) + 0.2 * smooth(rng, 40)
    lay(base, land, ramp("0a1830-12303c-20504c-3c7450-7c9858-c0b868", furrow))
    angle = np.where(land > 0.5, 0.3 * np.cos(X / 130 + Y / 90) + 0.5 * wander, np.arctan2(-along, down))
    fields = base.copy()
    for k in range(13):
        draw(base, motif("church" if k == 6 else "house", 480 + 78 * k, rng.uniform(1240, 1430), rng.uniform(0.8, 1.1)))
    village = (base != fields).any(2)
    cypress = shape(ribbon(bend(300, BIG + 60, -1.62, 1240, 0.14), 250, 0.9, 0, 0.25),
                    ribbon(bend(160, BIG + 60, -1.6, 800, 0.1), 170, 0.9, 0, 0.25))  # fmt: skip
    lay(base, cypress, ramp("080e12-10241e-1c3a28-34502c-6a6a30", 0.5 + 0.5 * np.sin(X / 17 + 3 * np.sin(Y / 70))))
    angle = np.where(cypress > 0.5, -np.pi / 2 + 0.55 * np.sin(Y / 75 + X / 40), np.where(village, 0, angle))
    paint = Paint((24, 36, 84))
    for count, size, where in ((5000, (120, 24), None), (8000, (76, 15), None), (8000, (44, 10), edges(base)),
                               (30000, (16, 7), village * 1.0)):  # fmt: skip
        paint.strokes(rng, base, angle, count, size, 4 if size[0] < 20 else 11, where)
    return finish(paint.lit(0.045), rng, 3)


def knife(rng: Rng) -> Image.Image:
    """An autumn avenue after rain, in slabs of paint from a palette knife."""
    leaves = smooth(rng, 8, 4)
    base = ramp("1c2a5a-7a2038-c22c1e-f0641a-ffa01e-ffd850-fff0b0", 0.55 + 0.33 * leaves - np.abs(X - 800) / 2600)
    lay(base, np.exp(-(((X - 800) / 230) ** 2) - ((Y - 640) / 330) ** 2), "fff4c4")
    lay(base, step(smooth(rng, 5, 3) - Y / 1500, 0.15, 0.5), ramp("1d6a6a-2f8f7a-9cc04a", 0.5 + leaves / 2))
    ground, wet = step(Y - 860 - 30 * leaves, -20, 20), np.abs(X - 800) < 90 + (Y - 840) * 0.95
    mirror = at(base, X + 30 * leaves, 1700 - Y)
    path = 0.72 * mirror + 0.28 * ramp("30206a-5a48a8-8fb0e0-f4e0d0", 0.5 + 0.6 * smooth(rng, 40, 1, 8))
    lay(base, ground, np.where(wet[..., None], path, ramp("3a1430-a02a1c-e8701c-ffb830", 0.4 + 0.5 * leaves)))
    angle = np.where(ground > 0.5, 0.25 * leaves + 0.5 * (X - 800) / 800 * ~wet, leaves * 6)
    woods = base.copy()
    draw(base, motif("avenue"))
    bark = (base != woods).any(2)
    draw(base, motif("walkers", 820, 1130, 0.8))
    people = (base != woods).any(2) & ~bark
    angle[bark | people] = np.pi / 2
    paint = Paint((60, 30, 50))
    for count, size, where in ((2600, (300, 80), None), (4500, (190, 50), None), (5000, (110, 30), edges(base)),
                               (9000, (110, 17), bark * 1.0), (26000, (34, 14), people * 1.0)):  # fmt: skip
        paint.strokes(rng, base, angle, count, size, 14 if size[0] > 40 else 8, where, True)
    return finish(paint.lit(0.05, 0.35), rng, 3)


def cubist(rng: Rng) -> Image.Image:
    """A still life with a guitar, broken into facets that each see it from another side."""
    base = ramp("4c4a48-8c8272-b8a888-6c7478", 0.5 + 0.5 * smooth(rng, 4, 2))
    draw(base, motif("still life"))
    hairs, paint = smooth(rng, 400), base.copy()
    edge, height = np.zeros((2, BIG, BIG), np.float32)
    corners = np.array([(-60, -60), (BIG + 60, -60), (BIG + 60, BIG + 60), (-60, BIG + 60)], float)
    for facet in _split(corners, 34_000, rng):
        part, inside = patch(facet)
        (x, y), a, t, zoom = facet.mean(0), rng.normal(0, 0.22), rng.uniform(0, 6.3), rng.uniform(0.75, 1.1)
        dx, dy = (X[part] - x) * zoom, (Y[part] - y) * zoom
        x, y = x + rng.normal(0, 26), y + rng.normal(0, 26)
        seen = at(base, x + np.cos(a) * dx - np.sin(a) * dy, y + np.sin(a) * dx + np.cos(a) * dy)
        down, along = np.cos(t) * dy - np.sin(t) * dx, np.cos(t) * dx + np.sin(t) * dy
        hair = at(hairs, along * 0.06 + 700, down + 700)
        tone = 1.02 + 0.45 * np.clip(along / 120, -1.3, 1) + rng.normal(0, 0.08) + 0.16 * hair
        lay(paint[part], inside, seen * tone[..., None] + rng.normal(0, 6, 3))
        height[part] += inside * (hair + rng.uniform(-1, 1) * along / 60 - height[part])
        part, line = patch(np.concatenate([facet, facet[:1]]), width=int(rng.integers(3, 10)))
        edge[part] = np.maximum(edge[part], line)
    lay(paint, edge * 0.8 * (smooth(rng, 60) > -0.5), "1e1812")
    return finish(light(paint, blur(height, 2), 1.2), rng, 4)


def _split(polygon: Array, largest: float, rng: Rng) -> list[Array]:
    """Cut a polygon across its longest side, again and again, until no piece is larger."""
    x, y = polygon.T
    if abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2 < largest * rng.uniform(0.3, 1.3):
        return [polygon]
    polygon = np.roll(polygon, -int(np.argmax(np.linalg.norm(np.roll(polygon, -1, 0) - polygon, axis=1))), 0)
    j = len(polygon) // 2
    a = polygon[0] + (polygon[1] - polygon[0]) * rng.uniform(0.3, 0.7)
    b = polygon[j] + (polygon[(j + 1) % len(polygon)] - polygon[j]) * rng.uniform(0.3, 0.7)
    halves = [a, *polygon[1 : j + 1], b], [b, *polygon[j + 1 :], polygon[0], a]
    return [piece for half in halves for piece in _split(np.array(half), largest, rng)]


def dots(rng: Rng) -> Image.Image:
    """Pointillism: a river bank on a Sunday, in dots of pure colour, some of them the complement."""
    base = _river_bank(rng)
    paint, small = Paint((238, 226, 204)), edges(base)
    for radius, count in ((15, 11000), (11, 16000), (8, 15000)):
        spots = rng.uniform(0, BIG, (count, 2))
        colour, kind = at(base, *spots.T), rng.random((count, 1))
        grey = colour.mean(1, keepdims=True)
        pure = grey + (colour - grey) * 1.3 + rng.normal(0, 12, (count, 1)) + rng.normal(0, 12, (count, 3))
        beside = grey * 1.1 - (colour - grey) * 0.7  # makes its neighbours glow
        pure = np.where(kind < 0.1, beside, np.where(kind < 0.35, pure[:, [0, 2, 1]] * 0.5 + pure * 0.55, pure))
        sizes = radius * rng.uniform(0.7, 1.2, count) * (1.15 - 0.45 * at(small, *spots.T))
        inks = np.clip(pure, 0, 255).astype(int).tolist()
        for (x, y), r, ink in zip(spots.tolist(), sizes.tolist(), inks, strict=True):
            paint.draw.ellipse([x - r, y - r * 0.85, x + r, y + r * 0.85], fill=tuple(ink))
            paint.raised.ellipse([x - r, y - r * 0.85, x + r, y + r * 0.85], fill=100)
            paint.raised.ellipse([x - r * 0.6, y - r * 0.5, x + r * 0.6, y + r * 0.5], fill=135)
    return finish(paint.lit(0.07, 0.1, 3), rng, 3)


def _river_bank(rng: Rng) -> Array:
    wander = smooth(rng, 8, 3)
    base = ramp("5aa0dc-9cc8ec-f4d8d0-ffe9b0", Y / 560 + 0.15 * wander)
    lay(base, step(Y - 520 - 26 * wander, 0, 40) * step(X + 300 * wander, 500, 520), "7088b0")
    ripple = 0.4 + 0.4 * np.sin(Y / 9 + 4 * wander) * smooth(rng, 30, 1, 6) - X / 6000
    lay(base, step(Y, 600, 604), ramp("2c5cb0-4c8cd0-a0d0e8-f8e8c8", ripple))
    draw(base, motif("river bank"))
    sun = 0.5 + 0.5 * np.sin((Y + 0.25 * X) / 62 + 2.5 * wander) + 0.3 * wander
    lay(base, step(Y - 860 + (X - 400) * 0.16 - 20 * wander, 0, 8), ramp("1c5048-2c7444-6cb040-b4d850-f0ec80", sun))
    reach = np.maximum(X / 900 - Y / 460 - 0.35, 0.6 - X / 420 - np.abs(Y - 330) / 400)  # of the trees' crowns
    crown = step(0.55 * smooth(rng, 9, 3) + reach, 0, 0.12)
    lay(base, crown, ramp("123c3c-1c6040-48983c-a8d040-f4e468", 0.5 + 0.6 * smooth(rng, 14, 2)))
    draw(base, motif("strollers"))
    return base
