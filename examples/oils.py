"""Styles painted in strokes, facets and dots."""

import numpy as np
from brush import BIG, Array, canvas, mix, rgb, smooth, stroke
from PIL import Image, ImageDraw, ImageFilter

NIGHT_STARS = [(1230, 240, 120), (210, 190, 70), (480, 150, 48), (800, 230, 58), (160, 620, 50), (1010, 420, 44),
               (1390, 600, 54), (650, 380, 36), (330, 430, 40)]  # fmt: skip
NIGHT_EDDIES = [(520, 560, 300, 1.0), (930, 700, 200, -1.0), (1220, 250, 190, 1.0), (230, 200, 150, -0.8)]


def night(rng: np.random.Generator) -> Image.Image:
    """A night sky of swirling strokes with glowing stars, over hills and a village."""
    wander = smooth(rng, 6)
    image = Image.new("RGB", (BIG, BIG), (28, 42, 92))
    draw = ImageDraw.Draw(image)
    _sky(draw, rng, wander)
    _hills(draw, rng, wander)
    _village(draw, rng)
    _cypress(draw, rng)
    return canvas(image, rng)


def _hill(x: float) -> float:
    """The height of the hills' line, px from the top."""
    return 1110 + 60 * np.sin(x / 210) - 90 * np.exp(-(((x - 1250) / 280) ** 2))


def _sky(draw: ImageDraw.ImageDraw, rng: np.random.Generator, wander: Array) -> None:
    def angle(x: float, y: float) -> float:
        vx, vy = 1.0, 0.35 * np.sin(x / 190) + 0.3 * wander[int(y) % BIG, int(x) % BIG]
        for cx, cy, r, turn in NIGHT_EDDIES:
            dx, dy = x - cx, y - cy
            pull = 3.2 * np.exp(-(dx * dx + dy * dy) / (r * r))
            vx, vy = vx - turn * pull * dy / r, vy + turn * pull * dx / r
        for cx, cy, r in NIGHT_STARS:
            dx, dy = x - cx, y - cy
            d = np.hypot(dx, dy) + 1
            pull = 4 * np.exp(-((d / (1.9 * r)) ** 2))
            vx, vy = vx - pull * dy / d, vy + pull * dx / d
        return float(np.arctan2(vy, vx))

    blues = [(24, 40, 110), (38, 70, 152), (70, 112, 182), (120, 160, 200), (18, 28, 72), (168, 196, 208)]
    for _ in range(15000):
        x, y = rng.uniform(0, BIG, 2)
        if y > _hill(x) + 10:
            continue
        glow = sum(np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (1.25 * r) ** 2)) for cx, cy, r in NIGHT_STARS)
        band = 0.5 + 0.5 * np.sin(y / 58 + 2.2 * wander[int(y), int(x)] + x / 300)
        base = blues[min(5, int(band * 4.2 + rng.uniform(0, 1.6)))]
        colour = mix(base, (250, 208, 84) if rng.random() < 0.72 else (255, 242, 190), min(1.0, glow * 1.25))
        stroke(draw, rng, x, y, angle, rng.uniform(28, 62), int(rng.integers(7, 13)), rgb(colour, rng, 9))
    for cx, cy, r in NIGHT_STARS:
        draw.ellipse([cx - r * 0.34, cy - r * 0.34, cx + r * 0.34, cy + r * 0.34], fill=(255, 236, 150))


def _hills(draw: ImageDraw.ImageDraw, rng: np.random.Generator, wander: Array) -> None:
    greens = [(20, 44, 58), (34, 74, 74), (58, 98, 74), (14, 26, 44), (84, 112, 92)]
    for _ in range(6500):
        x = rng.uniform(0, BIG)
        y = rng.uniform(_hill(x), BIG)
        slope = (_hill(x + 8) - _hill(x - 8)) / 16
        lean = lambda px, py, s=slope: float(np.arctan(s) + 0.35 * wander[int(py) % BIG, int(px) % BIG])  # noqa: E731
        stroke(
            draw, rng, x, y, lean, rng.uniform(26, 56), int(rng.integers(7, 12)), rgb(greens[rng.integers(5)], rng, 8)
        )


def _village(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    for _ in range(26):
        x, w = rng.uniform(420, 1480), rng.uniform(34, 58)
        y, h = _hill(x) + rng.uniform(90, 280), rng.uniform(34, 52)
        draw.rectangle([x, y, x + w, y + h], fill=rgb((58, 76, 110), rng, 14), outline=(14, 20, 36), width=4)
        draw.polygon([(x - 6, y), (x + w + 6, y), (x + w / 2, y - h * 0.7)], fill=rgb((44, 50, 72), rng, 10))
        draw.rectangle([x + w * 0.3, y + h * 0.3, x + w * 0.55, y + h * 0.62], fill=(250, 200, 80))


def _cypress(draw: ImageDraw.ImageDraw, rng: np.random.Generator) -> None:
    for _ in range(1100):
        t = rng.uniform(0, 1) ** 0.8
        y, half = 420 + t * 1100, 12 + 110 * t**0.8
        x = 250 + 26 * np.sin(y / 90) + rng.uniform(-half, half)
        up = lambda px, py: float(-np.pi / 2 + 0.5 * np.sin(py / 70 + px / 40))  # noqa: E731
        dark = [(16, 30, 28), (30, 50, 34), (54, 66, 36), (10, 16, 22)][rng.integers(4)]
        stroke(draw, rng, x, y, up, rng.uniform(40, 80), int(rng.integers(6, 11)), rgb(dark, rng, 6))


def cubist(rng: np.random.Generator) -> Image.Image:
    """Facets in ochre and grey, each shaded across, with dark edges and a few arcs and strings."""
    palette = [(196, 148, 74), (150, 104, 52), (222, 194, 142), (122, 118, 108), (84, 82, 78), (172, 166, 152),
               (60, 48, 40), (208, 120, 58), (98, 118, 122)]  # fmt: skip
    image = Image.new("RGB", (BIG, BIG), (140, 120, 92))

    corners = [np.array(c, float) for c in ((-40, -40), (BIG + 40, -40), (BIG + 40, BIG + 40), (-40, BIG + 40))]
    ramp = np.mgrid[0:BIG, 0:BIG].astype(float) / BIG
    for facet in _split(corners, 45_000, rng):
        outline = [(float(x), float(y)) for x, y in facet]
        mask = Image.new("L", (BIG, BIG))
        ImageDraw.Draw(mask).polygon(outline, fill=255)
        box = mask.getbbox()
        if not box:
            continue
        x0, y0, x1, y1 = box
        a = rng.uniform(0, 2 * np.pi)
        across = np.cos(a) * ramp[1, y0:y1, x0:x1] + np.sin(a) * ramp[0, y0:y1, x0:x1]
        across = (across - across.min()) / (np.ptp(across) + 1e-6)
        hatch = 0.06 * np.sign(np.sin((np.cos(a + 1) * ramp[1] + np.sin(a + 1) * ramp[0])[y0:y1, x0:x1] * 320))
        base = np.array(palette[rng.integers(len(palette))], float)
        dark, light = base * 0.55, np.minimum(255, base * 1.28 + 18)
        shade = (across + hatch * (rng.random() < 0.5))[..., None]
        pixels = np.clip(dark * (1 - shade) + light * shade + rng.normal(0, 7, (*across.shape, 1)), 0, 255)
        image.paste(Image.fromarray(pixels.astype(np.uint8)), box, mask.crop(box))
        ImageDraw.Draw(image).line([*outline, outline[0]], fill=(38, 30, 26), width=int(rng.integers(4, 9)))
    draw = ImageDraw.Draw(image)
    for _ in range(16):
        x, y, r = rng.uniform(0, BIG), rng.uniform(0, BIG), rng.uniform(50, 190)
        start = rng.uniform(0, 360)
        draw.arc([x - r, y - r, x + r, y + r], start, start + rng.uniform(90, 220), fill=(34, 28, 26), width=8)
        for k in range(4):
            a = np.radians(start)
            dx, dy = 16 * k * np.cos(a), 16 * k * np.sin(a)
            draw.line(
                [(x + dx, y + dy), (x + dx - r * np.sin(a), y + dy + r * np.cos(a))], fill=(232, 216, 180), width=3
            )
    return canvas(image, rng, 7)


def _area(polygon: list[Array]) -> float:
    xs, ys = np.array(polygon).T
    return float(abs(xs @ np.roll(ys, 1) - ys @ np.roll(xs, 1)) / 2)


def _split(polygon: list[Array], largest: float, rng: np.random.Generator) -> list[list[Array]]:
    """Cut across its longest side, again and again, until no piece is larger."""
    if _area(polygon) < largest * rng.uniform(0.35, 1.3):
        return [polygon]
    sides = [float(np.linalg.norm(polygon[i] - polygon[i - 1])) for i in range(len(polygon))]
    i = int(np.argmax(sides))
    j = (i + len(polygon) // 2) % len(polygon)
    a = mix(polygon[i - 1], polygon[i], rng.uniform(0.35, 0.65))
    b = mix(polygon[j - 1], polygon[j], rng.uniform(0.3, 0.7))
    i, j, a, b = (i, j, a, b) if i < j else (j, i, b, a)
    return _split([a, *polygon[i:j], b], largest, rng) + _split([b, *polygon[j:], *polygon[:i], a], largest, rng)


def dots(rng: np.random.Generator) -> Image.Image:
    """Pointillism: a shore at noon in dots of pure colour, each beside its complement."""
    scene = Image.new("RGB", (BIG, BIG), (150, 196, 226))
    draw = ImageDraw.Draw(scene)
    for y in range(0, 620, 4):
        draw.rectangle([0, y, BIG, y + 4], fill=rgb(mix((96, 156, 214), (250, 224, 186), y / 620), rng))
    draw.rectangle([0, 600, BIG, 960], fill=(52, 126, 178))
    draw.polygon([(0, 620), (0, 520), (300, 470), (620, 560), (800, 620)], fill=(110, 132, 160))
    draw.polygon([(0, 960), (500, 880), (1000, 990), (BIG, 900), (BIG, BIG), (0, BIG)], fill=(126, 172, 66))
    draw.polygon([(0, 1240), (700, 1100), (BIG, 1290), (BIG, BIG), (0, BIG)], fill=(58, 112, 66))
    for cx, cy, r in ((1240, 480, 270), (1430, 620, 240), (1080, 640, 170), (180, 780, 190), (60, 640, 170)):
        draw.ellipse([cx - r, cy - r, cx + r, cy + r], fill=(48, 104, 58))
        draw.ellipse([cx - r * 0.9, cy - r * 0.95, cx + r * 0.4, cy + r * 0.3], fill=(122, 158, 54))
    for x, w in ((1250, 46), (170, 34)):
        draw.rectangle([x - w / 2, 740, x + w / 2, 1130], fill=(96, 62, 60))
    for x, y, s in ((560, 760, 1.0), (760, 700, 0.7), (420, 690, 0.55)):
        draw.polygon([(x, y), (x, y - 190 * s), (x + 120 * s, y)], fill=(252, 244, 226))
        draw.polygon(
            [(x - 40 * s, y + 6), (x + 140 * s, y + 6), (x + 100 * s, y + 36 * s), (x, y + 36 * s)], fill=(176, 72, 56)
        )
    for x, y in ((640, 1130), (860, 1210), (380, 1240)):
        draw.ellipse([x - 90, y - 120, x + 90, y + 20], fill=(226, 92, 66))
        draw.rectangle([x - 34, y - 30, x + 34, y + 120], fill=(60, 58, 120))
    base = np.asarray(scene.filter(ImageFilter.GaussianBlur(10)), float)
    image = Image.new("RGB", (BIG, BIG), (232, 222, 202))
    draw = ImageDraw.Draw(image)
    for radius, count in ((13, 16000), (10, 26000), (7, 16000)):
        for px, py in rng.uniform(0, BIG, (count, 2)):
            colour = base[int(py), int(px)]
            kind = rng.random()
            if kind < 0.16:  # the complement, which makes its neighbours glow
                colour = mix(colour, 255 - colour[[1, 2, 0]], 0.55)
            elif kind < 0.5:
                colour = colour + (colour - colour.mean()) * 0.9 + rng.uniform(-25, 45)
            r = radius * rng.uniform(0.7, 1.15)
            draw.ellipse([px - r, py - r, px + r, py + r], fill=rgb(colour, rng, 16))
    return canvas(image, rng, 4)
