"""Styles on paper and board: watercolour, ink wash, pencil, chalk."""
# ruff: noqa: I001 (one imported name a line is too long a list)

import numpy as np
from brush import (
    BIG, Part, Rng, Y, blank, blur, circle, draw, finish, labels, lay, motif, outlines, ramp, ridge, shape, smooth,
    step, warp,
)  # fmt: skip
from media import Water, hatch
from PIL import Image


def watercolour(rng: Rng) -> Image.Image:
    """Poppies and cornflowers, wet in wet, with splashes."""
    water, page = Water(rng, "faf5e8"), np.array([(0, 0), (BIG, 0), (BIG, BIG), (0, BIG)])
    for colour, cells in (("f4bc8c", 3), ("98cce0", 4), ("e4a8cc", 4), ("c0d880", 5)):
        water.wash(page, colour, 0.9, 0.9, fade=blur(step(smooth(rng, cells, 3), 0.15, 0.5), 12))
    water.draw(motif("meadow"), 0.8)
    return finish(warp(water.pixels, rng, 4, 40), rng, 2)


def ink(rng: Rng) -> Image.Image:
    """Ink wash: bamboo before mountains in mist, birds, and a red seal."""
    water = Water(rng, "f0e8d4")
    water.wash(circle(1060, 330, 120), "e07a50", 0.7)
    for k in range(6):
        mountains = ridge(rng, 420 + 150 * k, 270 - 20 * k)
        mist = np.exp(-np.clip(Y - 360 - 150 * k, 0, None) / (130 + 20 * k))
        water.lift(mountains, 0.6)
        water.wash(mountains, "2a3038", 0.3 + 0.26 * k, 0.9, fade=mist)
        water.wash(mountains, "14181c", 0.3 + 0.2 * k, 0.5, 0.6, mist**2.5)
    water.draw(motif("bamboo"), 1.1, 0.3)
    return finish(warp(water.pixels, rng, 3, 60), rng, 3)


def pencil(rng: Rng) -> Image.Image:
    """A town on a hill, hatched and cross-hatched in graphite."""
    hills = (("d0d0d0-989898", 430), ("808080-a8a8a8", 560), ("b0b0b0-787878", 860))
    parts = [Part(codes, ridge(rng, top, 130 - top / 10)) for codes, top in hills]
    for k in range(42):
        x, y = 225 * (k % 7) - 90 + 110 * (k // 7 % 2), 700 + 165 * (k // 7)
        name = "belfry" if k in (3, 12) else rng.choice(["cottage", "cottage", "manor", "oak"])
        parts += motif(name, x + rng.uniform(-35, 35), y + rng.uniform(-35, 35), rng.uniform(1, 1.35))
    base, label = ramp("f8f8f8-a8a8a8-585858", 0.45 + 0.7 * smooth(rng, 4, 4) - Y / 3000), labels(parts)
    draw(base, parts)
    tone = 1 - base[..., 0] / 255 + 0.12 * smooth(rng, 26, 2)
    angle = rng.choice([-0.7, -0.4, 0.3, 1.0, 1.4], len(parts) + 1)[label] + 0.3 * smooth(rng, 5)
    graphite = 0.8 * warp(blur(outlines(label, 3), 2), rng, 5, 40)
    for turn, low, gap, width in ((0, 0.02, 4, 3), (0.75, 0.25, 5, 3), (1.5, 0.48, 5, 3), (2.2, 0.68, 5, 4)):
        graphite += 0.7 * hatch(rng, step(tone, low, low + 0.4), angle + turn, gap, 70, width)
    tooth = smooth(rng, 500, 2)
    pixels = blank("f6f0e2", 0.02 * tooth)
    lay(pixels, 0.22 * np.clip(blur(tone, 12), 0, 1), "3a3c44")
    lay(pixels, np.clip(graphite * (0.9 - 0.45 * tooth), 0, 0.95), "2c2d34")
    return finish(pixels, rng, 3)


def chalk(rng: Rng) -> Image.Image:
    """Balloons over hills in coloured chalks on a blackboard."""
    hills = ("b890e0-8a7af0", "5cc0a0-4ab0d0", "a8d860-5cc070", "f0a0b8-f0c080")
    parts = [Part(codes, ridge(rng, 900 + 145 * k, 90)) for k, codes in enumerate(hills)] + motif("airshow")
    for k in range(40):
        x, scale, turn = rng.uniform(0, BIG), rng.uniform(0.9, 1.5), rng.normal(0, 0.3)
        parts += motif(("daisy", "poppyhead", "tulip")[k % 3], x, 1180 + 8 * k, scale, k % 2, turn)
    base, label = blank("7cbce8"), labels([part for part in parts if not part.width])
    draw(base, parts)
    tone, angle = 0.85 + 0.25 * smooth(rng, 8, 2), rng.choice([-0.7, -0.3, 0.7, 1.2], len(parts) + 1)[label]
    tone = np.where(label == 0, tone - 0.4, tone)
    rubbed = np.maximum(hatch(rng, tone, angle, 9, 90, 9), 0.5 * hatch(rng, tone, angle + 0.5, 14, 130, 10))
    tooth = smooth(rng, 330, 3)
    pixels = ramp("141f1e-20302c-34463f", 0.45 + 0.35 * smooth(rng, 5, 3, 2) + 0.05 * tooth)
    lay(pixels, 0.28 * np.clip(blur(rubbed, 24), 0, 1), base)
    lay(pixels, step(rubbed * 1.25 - 0.2 - 0.24 * tooth, 0, 0.45) * 0.95, base)
    strings = shape(*[part.line for part in parts if part.width], width=7)
    lines = warp(blur(np.maximum(outlines(label, 7), strings), 2), rng, 7, 40) * (0.9 + 0.25 * smooth(rng, 60))
    lay(pixels, step(np.clip(lines, 0, 1.1) - 0.25 - 0.24 * tooth, 0, 0.4), "fbf8ee")
    return finish(pixels, rng, 4)
