"""Styles that are printed: a woodblock wave, a linocut, a comic."""
# ruff: noqa: I001 (one imported name a line is too long a list)

import numpy as np
from brush import (
    BIG, Array, Rng, X, Y, bend, blank, blur, draw, fill, finish, labels, lay, motif, outlines, ramp,
    ribbon, shape, smooth, step,
)  # fmt: skip
from PIL import Image


def wave(rng: Rng) -> Image.Image:
    """A woodblock print: a breaking wave with claws of foam, boats, a far mountain."""
    pixels = ramp("b0a080-dccca4-f2e6c8-f0cca0", Y / 950 + 0.05 * smooth(rng, 5, 3))
    draw(pixels, motif("fuji"))
    for k in range(3):
        _swell(pixels, 1010 + 60 * k, 40, 130 - 20 * k, k)
    back, front = (part.line for part in motif("wave"))
    fill(pixels, np.concatenate([back, front[::-1], [(900, BIG), (-60, BIG)]]), "27477f")
    for k, t in enumerate(np.linspace(0.06, 0.94, 15)):
        fill(pixels, ribbon(back * (1 - t) + front * t, 56, 0.25, 0, 0.45), ("c4d4cc", "6f96b4", "1c2f5e")[k % 3])
    for line in (back, front):
        fill(pixels, ribbon(line, 12, 0.7, 0.7), "1a2850")
    for side, size, turn in ((0.3, 150, 1.0), (0.14, 120, 0.5), (0.0, 90, 0.1)):
        line = back * (1 - side) + front * side
        for k in np.linspace(22 + 60 * side, len(line) - 3, 15).astype(int):
            a = np.arctan2(*(line[k + 1] - line[k])[::-1]) + turn
            _claw(pixels, rng, *line[k], rng.normal(a, 0.2), size * rng.uniform(0.8, 1.2), 2)
    draw(pixels, motif("boats"))
    for k in range(3):
        for x, y in _swell(pixels, 1220 + 105 * k, 55, 165, k + 5)[2 : None if k == 0 else 0 : 3]:
            _claw(pixels, rng, x, y, rng.uniform(-2.6, -0.6), rng.uniform(30, 64), 1)
    lay(pixels, 0.5 * step(smooth(rng, 330), 0.75, 0.9), "ece0c0")
    wood = smooth(rng, 150, 2, 4) * 0.05 + smooth(rng, 300, 2) * 0.03 + smooth(rng, 9, 3) * 0.04
    return finish(pixels * (1 + wood)[..., None], rng, 4)


def _swell(pixels: Array, y: float, height: float, length: float, phase: float) -> Array:
    """A wave's crest across the picture, with bands below it; returns the crest."""
    x = np.arange(-60, BIG + 61, 24)
    crest = np.stack([x, y - height * (np.sin(x / length + phase) + 0.6 * np.sin(x / length * 2.35 + phase))], 1)
    fill(pixels, np.concatenate([crest, [(BIG + 60, BIG + 60), (-60, BIG + 60)]]), "27477f")
    for k, tone in enumerate(("1a2850", "c4d4cc", "27477f", "6f96b4")):
        fill(pixels, ribbon(crest + np.array([k * 30, k * 17]), 16 if k else 9, 1, 1), tone)
    return crest


def _claw(pixels: Array, rng: Rng, x: float, y: float, a: float, size: float, depth: int) -> None:
    """A hook of foam, with smaller ones on its back."""
    hook = bend(x, y, a, size, 1.9, 1.6)
    outline = ribbon(hook, size * 0.42, 0.8, 0.12, 0.2)
    fill(pixels, np.concatenate([outline, outline[:2]]), "1a2850", width=8)
    fill(pixels, outline, "f8f2e2")
    for k in (5, 10) if depth else ():
        _claw(pixels, rng, *hook[k], a + rng.uniform(-0.5, 0.9), size * rng.uniform(0.5, 0.65), depth - 1)


def linocut(rng: Rng) -> Image.Image:
    """An owl before the moon, carved in lino: a black block over one of colours."""
    parts, around = motif("owl"), np.arctan2(Y - 560, X - 768)
    label = labels(parts)
    sky, feathers = _cuts(rng, around + 1.57, 30, 110, 13), _cuts(rng, np.pi / 2 + 0.3 * np.sin(X / 60), 26, 54, 17)
    leaves, chatter = _cuts(rng, 0.8 + smooth(rng, 5), 17, 90, 8), 0.9 * _cuts(rng, around, 60, 70, 6)
    cuts = {"171310": 1, "000000": 2, "3f7f6a": 3, "c8442c": 4}  # of a part's colour; 5 for others
    kind = np.array([0, *(cuts.get(part.codes, 5) for part in parts)])[label]
    rim, none = outlines(label, 13), np.zeros_like(sky)
    black = np.choose(kind, [1 - sky, 1 - feathers, none + 1, leaves, none, chatter]) * (1 - rim)
    plates = blank("f2e8d4")
    draw(plates, [part for part in parts if part.codes > "3"])
    lay(plates, rim * (kind == 3), "f2e8d4")
    tooth = smooth(rng, 330, 2)
    pixels = blank("f2e8d4", 0.02 * tooth)
    lay(pixels, step(tooth, -1.1, -0.75) * 0.95, np.roll(plates, (6, -5), (0, 1)))
    worn = smooth(rng, 420, 2) + 0.3 * smooth(rng, 30)
    lay(pixels, 0.95 * step(blur(black, 3), 0.4, 0.6) * step(worn, -1.15, -0.8), "171310")
    return finish(pixels, rng, 4)


def _cuts(rng: Rng, angle: Array, gap: float, length: float, width: float) -> Array:
    """The marks of a gouge all over a block, along the angles."""
    marks = []
    for y in np.arange(0, BIG + gap, gap):
        for x in np.arange(0, BIG + length, length) + rng.uniform(-length, length):
            a = angle[min(int(y), BIG - 1), min(max(int(x), 0), BIG - 1)]
            mark = bend(x, y + rng.normal(0, gap / 5), a, length * rng.uniform(0.6, 1), rng.normal(0, 0.15))
            marks.append(ribbon(mark, width * rng.uniform(0.6, 1.2), 0.2, 0, 0.3))
    return shape(*marks)


def comic(rng: Rng) -> Image.Image:
    """A rocket among the planets: black lines over a screen of coloured dots, a little out of register."""
    around, far = np.arctan2(Y - 900, X - 620), np.hypot(X - 620, Y - 900)
    base = ramp("f8f0c0-60b8f0-2048b8-181860", far / 1500)
    lay(base, step(np.sin(around * 26 + np.sin(around * 7)), 0.2, 0.25) * step(far, 300, 700) * 0.5, "80d0f8")
    parts = motif("space")
    draw(base, parts)
    pixels = blank("f8f0e0")
    for channel, angle in enumerate((0.26, 1.31, 0.0)):
        inks = np.roll(1 - base[..., channel] / 255, rng.integers(-5, 6, 2), (0, 1))
        u, v = np.cos(angle) * X + np.sin(angle) * Y, np.cos(angle) * Y - np.sin(angle) * X
        screen = 0.5 + 0.25 * (np.cos(u * 0.31) + np.cos(v * 0.31))
        pixels[..., channel] *= 1 - 0.94 * step(inks * 1.06 - screen, -0.05, 0.05)
    key = step(blur(outlines(labels(parts), 9), 5), 0.4, 0.6)
    lay(pixels, key * step(smooth(rng, 400, 2), -1.1, -0.8), "14121a")
    return finish(pixels * (1 + 0.03 * smooth(rng, 200, 2))[..., None], rng, 4)
