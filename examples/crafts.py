"""Styles put together by hand: stained glass, mosaic, paper cut, cross-stitch, neon."""
# ruff: noqa: I001 (one imported name a line is too long a list)

from itertools import groupby

import numpy as np
from brush import (
    BIG, Array, Part, Rng, X, Y, blank, blur, draw, finish, hues, labels, lay, motif, outlines, patch, ramp, ridge,
    shape, smooth, step, warp,
)  # fmt: skip
from media import light
from PIL import Image


def _nearest(marks: Array) -> tuple[Array, Array]:
    """Column and row of the nearest of the marked pixels (jump flooding, Rong and Tan 2006)."""
    x, y = np.where(marks, X, 1e6)[::2, ::2], np.where(marks, Y, 1e6)[::2, ::2]
    column, row = X[::2, ::2], Y[::2, ::2]
    for k in (256, 128, 64, 32, 16, 8, 4, 2, 1):
        for shift in ((k, 0), (-k, 0), (0, k), (0, -k), (k, k), (-k, -k), (k, -k), (-k, k)):
            other_x, other_y = np.roll(x, shift, (0, 1)), np.roll(y, shift, (0, 1))
            nearer = (column - other_x) ** 2 + (row - other_y) ** 2 < (column - x) ** 2 + (row - y) ** 2
            x, y = np.where(nearer, other_x, x), np.where(nearer, other_y, y)
    return x.repeat(2, 0).repeat(2, 1), y.repeat(2, 0).repeat(2, 1)


def _to_border(label: Array) -> Array:
    """Px to the nearest place where two labels meet."""
    x, y = _nearest(outlines(label, 3) > 0)
    return np.hypot(X - x, Y - y)


def glass(rng: Rng) -> Image.Image:
    """A window of lilies by a lake at sunrise: panes in lead, lit from behind."""
    parts = motif("pond")
    far, around = np.hypot(X - 1020, Y - 520), np.arctan2(Y - 520, X - 1020)
    base = ramp("fff0b0-f8b850-e87848-a84878-50408c-283878", far / 1250)
    draw(base, parts)
    label, ring = labels(parts), np.floor(far / 170)
    rays = np.floor((around + np.pi) * 12 / np.pi + 0.5 * (ring % 2)) + 40 * ring
    spots = np.zeros((BIG, BIG), bool)
    spots[tuple(rng.integers(0, BIG // 2, (2, 90)) * 2)] = True
    column, row = _nearest(spots)
    panes = np.where(label == 0, rays, np.where((label > 1) & (label < 7), column * 3 + row, 0)) + label * 7919
    tone = (rng.normal(0, 1, (4096, 4)) * [18, 18, 18, 0.13])[(panes % 4093).astype(int)]
    streaks = 0.16 * smooth(rng, 6, 4, 12) + 0.12 * smooth(rng, 40, 2) + 0.05 * smooth(rng, 200)
    edge = _to_border(panes) + smooth(rng, 90)
    tone *= np.where(label > 16, 0.4, 1)[..., None]
    pixels = (base + tone[..., :3]) * (1.2 + tone[..., 3] + streaks - 0.5 * np.exp(-edge / 14))[..., None]
    pixels += 70 * (np.clip(streaks, 0, 1) ** 2)[..., None]
    came = blur(np.sqrt(np.clip(9.5**2 - edge**2, 0, None)), 3)
    lead = light(blank("3c3a40"), came + 0.4 * smooth(rng, 200), 0.5, 0.55)
    lay(pixels, step(edge, 9.5, 7.5), lead)
    return finish(pixels, rng, 3)


def mosaic(rng: Rng) -> Image.Image:
    """Fish around an octopus in a Roman floor: rows of stones that follow every form."""
    parts, rim = motif("sea floor"), np.minimum(np.minimum(X, BIG - X), np.minimum(Y, BIG - Y))
    waves = 0.5 + 0.5 * np.sin((Y + 26 * np.sin(X / 90)) / 30 + 2 * smooth(rng, 4)) + 0.3 * smooth(rng, 30)
    base = ramp("1c4c6c-2a7a90-58aaa8-a8d4c0-ece4c8", waves)
    draw(base, parts)
    lay(base, step(84 - rim, 0, 2), ramp("8c2c20-c8502c-e8c070-28405c", 0.5 + 0.5 * np.sin((X + Y) / 34) - rim / 300))
    far = _to_border(labels(parts) * (rim > 84) + 500 * (rim < 84))
    down, along = np.gradient(blur(far, 6))
    floor = blank("b4a890", 0.09 * smooth(rng, 300, 2))
    taken, height = np.zeros((BIG, BIG), bool), np.zeros((BIG, BIG), np.float32)
    spots = rng.integers(8, BIG - 8, (24000, 2))
    rows = np.argwhere(np.abs((far / 24) % 1 - 0.5) < 0.04)[:, ::-1]
    for size, starts in ((21, rng.permutation(rows)[:9000]), (16, spots), (11, spots)):
        for x, y in starts.astype(float):
            while 8 < x < BIG - 8 and 8 < y < BIG - 8 and not taken[int(y), int(x)] and far[int(y), int(x)] > size / 5:
                spot, a = np.s_[int(y), int(x)], np.arctan2(down[int(y), int(x)], along[int(y), int(x)])
                out, ahead = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
                wide = size * rng.uniform(0.42, 0.52)
                corners = [i * wide * ahead + j * size / 2 * out for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
                part, mask = patch(np.array(corners) + rng.normal(0, 1.2, (4, 2)) + [x, y])
                if taken[part][mask > 0.5].mean() > 0.12:
                    break
                taken[part] |= mask > 0.5
                lay(floor[part], mask, base[spot] * rng.normal(1, 0.09) + rng.normal(0, 7, 3))
                tilt = ((X[part] - x) * rng.normal() + (Y[part] - y) * rng.normal()) / 26
                height[part] += mask * (2.4 + tilt - height[part])
                x, y = (x, y) + ahead * (wide * 2 + 3) + out * ((far[spot] // 24 + 0.5) * 24 - far[spot])
    return finish(light(floor, blur(height, 4) + 0.25 * smooth(rng, 500, 2), 1.1, 0.15), rng, 3)


def papercut(rng: Rng) -> Image.Image:
    """A valley at moonrise, cut from coloured papers that throw shadows on each other."""
    parts = motif("moonrise")
    for k, codes in enumerate(("b8506c", "8c4470", "643a70", "403868", "2c3a5c", "1c4a5c", "166070")):
        hill = ridge(rng, 760 + 110 * k, 190 - 20 * k)
        parts.append(Part(codes, hill))
        for x, y in hill[rng.integers(4, 150, 5 + 2 * k)] if k < 6 else []:
            parts += [Part(codes, fir.line) for fir in motif("fir", x, y + 20, 0.3 + 0.11 * k)]
    fibre = 0.03 * smooth(rng, 300, 2) + 0.03 * smooth(rng, 90, 3)
    pixels = blank("fde2b8", fibre)
    for codes, group in groupby(parts + motif("sprigs"), lambda part: part.codes):
        sheet = shape(*[part.line for part in group])
        sheet = 1 - sheet if codes[0] == "-" else sheet
        for soft, dark in ((44, 0.4), (10, 0.35)):
            lay(pixels, dark * np.roll(blur(sheet, soft), (soft // 2, soft // 4), (0, 1)), "1c1838")
        rim = np.clip(sheet - np.roll(sheet, (3, 3), (0, 1)), 0, 1)
        grain = 1 + fibre[:: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
        lay(pixels, sheet, hues(codes.strip("-"))[0] * grain[..., None] + 60 * rim[..., None])
    return finish(pixels, rng, 3)


def crossstitch(rng: Rng) -> Image.Image:
    """A sampler of birds and flowers in cross-stitch on linen."""
    base, cell, n = blank("f0e2c4"), 24, 64
    draw(base, motif("folk"))
    design = base[cell // 2 :: cell, cell // 2 :: cell]
    design = np.where((X[:n, :n] < n / 2)[..., None], design[:, ::-1], design) + rng.normal(0, 8, (n, n, 1))
    u, v = (X[:cell, :cell] + 0.5) / cell - 0.5, (Y[:cell, :cell] + 0.5) / cell - 0.5
    height = np.zeros((cell, cell))
    for across, along, lift in ((u - v, u + v, 0.0), (u + v, u - v, 0.6)):
        thread = np.sqrt(np.clip(1 - (across / 0.32) ** 2 - along**6, 0, 1))
        height = np.where(thread > 0.15, lift + thread * (1.1 + 0.14 * np.sin(along * 36 + across * 16)), height)
    height = np.tile(height, (n, n))
    linen = blank("c8b48c", 0.1 * smooth(rng, 400) - 0.5)
    colours = np.kron(design, np.ones((cell, cell, 1))) * (0.66 + 0.24 * height + 0.08 * smooth(rng, 60))[..., None]
    lay(linen, (height > 0) * 1.0, colours)
    pixels = light(linen, height + 0.1 * smooth(rng, 300), 3.0, 0.1)
    return finish(warp(pixels, rng, 2.5, 60), rng, 4)


def neon(rng: Rng) -> Image.Image:
    """Neon signs on a brick wall at night."""
    row = Y // 58
    along = X + 64 * (row % 2)
    joint = np.minimum(29 - np.abs(Y % 58 - 29), 64 - np.abs(along % 128 - 64))
    tone = rng.normal(1, 0.14, 4096)[(row * 31 + along // 128 * 17).astype(int)] + 0.25 * smooth(rng, 60, 3)
    wall = np.where((joint > 5)[..., None], hues("6a4048"), hues("585058")) * tone[..., None]
    wall = light(wall, 5 * step(joint, 1, 9) + 0.8 * smooth(rng, 120, 2), 0.5)
    tubes, parts = np.zeros_like(wall), motif("neon")
    draw(tubes, parts)
    halo = {radius: np.stack([blur(tubes[..., c], radius) for c in range(3)], 2) for radius in (13, 44, 130, 420)}
    pixels = wall * (0.2 + sum(halo.values()) / 125) + 0.6 * halo[13]
    for part in parts:
        for core, tint in ((1, 0), (0.66, 0.45), (0.36, 0.9)):
            box, mask = patch(part.line, width=max(2, round(part.width * core)))
            lay(pixels[box], mask, hues(part.codes)[0] * (1 - tint) + 255 * tint)
    return finish(pixels, rng, 4)
