"""Styles that are no oil paintings: a woodblock print, a window of glass, a wash of ink."""

import numpy as np
from brush import BIG, Colour, canvas, mix, rgb, smooth
from PIL import Image, ImageChops, ImageDraw

PAPER, INK, DEEP, MID, PALE = (236, 222, 190), (26, 42, 82), (36, 66, 122), (92, 134, 170), (176, 202, 206)


def wave(rng: np.random.Generator) -> Image.Image:
    """A woodblock print: a breaking wave with claws of foam, flat inks on PAPER, a far mountain."""
    image = Image.new("RGB", (BIG, BIG), PAPER)
    draw = ImageDraw.Draw(image)
    for y in range(0, 900, 4):  # the printer's graded sky
        draw.rectangle([0, y, BIG, y + 4], fill=rgb(mix((206, 186, 150), PAPER, min(1, y / 520)), rng))
    draw.polygon([(880, 1010), (1090, 760), (1130, 752), (1360, 1010)], fill=DEEP, outline=INK)
    draw.polygon(
        [(1058, 800), (1090, 760), (1130, 752), (1172, 806), (1130, 836), (1100, 806), (1080, 838)],
        fill=(246, 240, 226),
    )

    far = [(x, 1040 + 46 * np.sin(x / 120) - 60 * np.exp(-(((x - 1380) / 200) ** 2))) for x in range(-40, BIG + 41, 10)]
    _crest(draw, far, MID, 4)
    body = [(-60.0, 1010.0), (90, 800), *_curl(560, 640, 430, 1.28)]
    back = [(x, 1180 + 0.00052 * (x - 620) ** 2 + 20 * np.sin(x / 60)) for x in range(860, 300, -20)]
    for k, tone in enumerate((DEEP, MID, PALE, DEEP, MID, DEEP, PALE, MID)):
        moved = [
            (560 + (x - 560) * (1 - 0.065 * k) - 20 * k, 700 + (y - 700) * (1 - 0.055 * k) + 26 * k)
            for x, y in body + back
        ]
        draw.polygon([*moved, (-100, BIG), (-100, 1040)], fill=tone)
        draw.line(moved, fill=INK, width=6)
    lip = _curl(560, 640, 430, 1.28)
    _claws(draw, rng, lip)
    front = [
        (x, 1330 + 70 * np.sin(x / 170 + 1) - 90 * np.exp(-(((x - 1250) / 210) ** 2))) for x in range(-40, BIG + 41, 8)
    ]
    _crest(draw, front, DEEP, 7)
    for x, y in front[::2]:
        for _ in range(4):
            r = rng.uniform(7, 20)
            px, py = x + rng.normal(0, 14), y + rng.normal(0, 12)
            draw.ellipse([px - r, py - r, px + r, py + r], fill=(248, 242, 228), outline=INK, width=4)
    for _ in range(260):  # spray
        px, py, r = rng.normal(760, 260), rng.normal(460, 190), rng.uniform(3, 9)
        draw.ellipse([px - r, py - r, px + r, py + r], fill=(250, 246, 234))
    fibres = smooth(rng, 200) * np.repeat(smooth(rng, 90, BIG)[:, :1], BIG, 1)
    pixels = np.asarray(image, float) + 12 * fibres[..., None] + rng.normal(0, 5, (BIG, BIG, 1))
    return canvas(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), rng, 3)


def _crest(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], fill: Colour, bands: int) -> None:
    for k in range(bands):
        tone = [fill, MID, DEEP, PALE][k % 4]
        moved = [(x + k * 9, y + k * 30) for x, y in points]
        draw.polygon([*moved, (BIG + 200, BIG + 100), (-200, BIG + 100)], fill=tone)
        draw.line(moved, fill=INK, width=7)


def _curl(cx: float, cy: float, r: float, turns: float) -> list[tuple[float, float]]:
    a = np.linspace(np.pi * 1.02, np.pi * (1.02 + turns), 60)
    rr = r * (1 - 0.52 * (a - a[0]) / (a[-1] - a[0]))
    return [(cx + p * np.cos(t), cy + p * np.sin(t)) for t, p in zip(a, rr, strict=True)]


def _claws(draw: ImageDraw.ImageDraw, rng: np.random.Generator, lip: list[tuple[float, float]]) -> None:
    """Foam along the wave's lip, and the claws that drip from it."""
    for i, (x, y) in enumerate(lip):
        for _ in range(7):
            r = rng.uniform(9, 30) * (0.5 + i / len(lip))
            px, py = x + rng.normal(0, 20), y + rng.normal(0, 20)
            draw.ellipse([px - r, py - r, px + r, py + r], fill=(248, 242, 228), outline=INK, width=4)
        if i > 12 and i % 2 == 0:
            a = np.radians(rng.uniform(30, 130))
            for bend in (-0.5, 0.0, 0.5):
                tip = (x + 92 * np.cos(a + bend), y + 92 * np.sin(a + bend))
                draw.line([(x, y), (x + 50 * np.cos(a), y + 50 * np.sin(a)), tip], fill=INK, width=22)
                draw.line([(x, y), (x + 50 * np.cos(a), y + 50 * np.sin(a)), tip], fill=(248, 242, 228), width=13)


def glass(rng: np.random.Generator) -> Image.Image:
    """A stained-glass window: rings and rays of coloured panes in lead, lit from behind."""
    y, x = np.mgrid[0:BIG, 0:BIG].astype(float)
    seeds, tones = [], []
    jewels = [
        (186, 26, 44),
        (22, 62, 168),
        (236, 176, 32),
        (18, 124, 92),
        (112, 36, 140),
        (228, 96, 26),
        (60, 150, 210),
    ]
    for ring, (radius, count) in enumerate([(0, 1), (130, 8), (265, 16), (400, 24), (540, 24), (690, 32)]):
        for k in range(count):
            a = 2 * np.pi * (k + 0.5 * (ring % 2)) / count
            seeds.append((BIG / 2 + radius * np.cos(a), BIG / 2 + radius * np.sin(a)))
            tones.append(jewels[(ring * 3 + k % (2 + ring % 2)) % len(jewels)])
    for px, py in rng.uniform(0, BIG, (3000, 2)):
        clear = min(np.hypot(px - sx, py - sy) for sx, sy in seeds) > 84
        if clear and np.hypot(px - BIG / 2, py - BIG / 2) > 740:
            seeds.append((px, py))
            tones.append(jewels[rng.integers(len(jewels))])
    first = np.full((BIG, BIG), 1e9)
    second, owner = first.copy(), np.zeros((BIG, BIG), int)
    for n, (px, py) in enumerate(seeds):
        d = np.hypot(x - px, y - py)
        nearer = d < first
        second = np.where(nearer, first, np.minimum(second, d))
        first, owner = np.where(nearer, d, first), np.where(nearer, n, owner)
    streak = smooth(rng, 40) * 0.16 + smooth(rng, 160) * 0.1
    lit = 1.12 - first / 330 + streak + rng.normal(0, 0.12, len(seeds))[owner]
    pixels = (
        np.array(tones, float)[owner] * np.clip(lit, 0.3, 1.7)[..., None] + 40 * np.clip(lit - 0.9, 0, 1)[..., None]
    )
    lead = np.clip((second - first) / 2 - 7, 0, 1)
    edge = np.clip((second - first) / 2 / 7, 0, 1)
    rounded = np.array([34, 32, 36]) + 60 * np.sin(np.pi * edge)[..., None] ** 4
    pixels = pixels * lead[..., None] + rounded * (1 - lead[..., None])
    return canvas(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), rng, 4)


def ink(rng: np.random.Generator) -> Image.Image:
    """Ink wash: mountains in mist, layer behind layer, a pine in front, and a red seal."""
    tone = np.full((BIG, BIG), 232.0)
    y = np.mgrid[0:BIG, 0:BIG][0].astype(float)
    for layer in range(6):
        line = np.zeros(BIG)
        for octave in range(1, 7):
            cells = np.interp(
                np.linspace(0, 2**octave + 1, BIG), np.arange(2**octave + 2), rng.uniform(-1, 1, 2**octave + 2)
            )
            line += cells * 260 / 1.75**octave
        top = 330 + layer * 185 + line * (1 - layer * 0.07)
        depth = y - top[None, :]
        wash = np.clip(depth / 9, 0, 1) * np.exp(-np.clip(depth, 0, None) / (90 + 28 * layer))
        bleed = 1 + 0.5 * smooth(rng, 24) + 0.35 * smooth(rng, 110)
        tone -= np.clip(wash * bleed, 0, 1.3) * (44 + 24 * layer)
        dry = (np.clip(depth / 5, 0, 1) * np.clip(1 - depth / 60, 0, 1)) * (smooth(rng, 300) > 0.12)
        tone -= dry * (26 + 13 * layer)
    image = Image.fromarray(np.clip(tone, 18, 245).astype(np.uint8))
    brush = ImageDraw.Draw(image)

    def bough(x: float, y: float, a: float, width: float, depth: int) -> None:
        for _ in range(int(5 + width / 2)):
            a += rng.normal(0, 0.2)
            nx, ny = x + 26 * np.cos(a), y + 26 * np.sin(a)
            for _ in range(4):
                o = rng.normal(0, width / 5, 2)
                shade = int(rng.uniform(12, 70))
                brush.line([(x + o[0], y + o[1]), (nx + o[0], ny + o[1])], fill=shade, width=max(2, int(width * 0.6)))
            x, y, width = nx, ny, width * 0.95
            if depth and rng.random() < 0.42:
                bough(x, y, a + rng.choice((-1, 1)) * rng.uniform(0.5, 1.1), width * 0.6, depth - 1)
        for _ in range(60):  # needles
            px, py, b = x + rng.normal(0, 38), y + rng.normal(0, 22), rng.uniform(np.pi, 2 * np.pi)
            brush.line([(px, py), (px + 44 * np.cos(b), py + 44 * np.sin(b))], fill=int(rng.uniform(10, 90)), width=3)

    bough(1240, BIG + 20, -1.75, 54, 3)
    bough(120, 1380, -0.9, 26, 2)
    for _ in range(14):  # birds
        px, py = rng.uniform(250, 900), rng.uniform(150, 420)
        brush.line([(px - 26, py - 10), (px, py + 4), (px + 26, py - 12)], fill=40, width=5)
    pixels = np.asarray(image, float)[..., None] * np.array([1.0, 0.975, 0.91]) + 5 * smooth(rng, 250)[..., None]
    colour = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    seal = Image.new("RGB", (BIG, BIG), "white")
    mark = ImageDraw.Draw(seal)
    mark.rectangle([150, 180, 250, 300], fill=(190, 40, 36))
    for k in range(3):
        mark.line([(168, 205 + 34 * k), (232, 212 + 30 * k)], fill="white", width=9)
    mark.line([(200, 195), (200, 286)], fill="white", width=9)
    return canvas(ImageChops.multiply(colour, seal), rng, 5)
