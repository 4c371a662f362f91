"""The styles: six pictures rich in stroke and palette, drawn with a seeded hand at twice their size."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE, BIG = 768, 1536
Colour = tuple[int, int, int]
Array = NDArray[np.float64]


def _mix(a: Colour | Array, b: Colour | Array, t: float) -> Array:
    return np.asarray(a, float) * (1 - t) + np.asarray(b, float) * t


def _rgb(colour: Colour | Array, rng: np.random.Generator, spread: float = 0) -> Colour:
    r, g, b = np.clip(np.asarray(colour, float) + rng.normal(0, spread, 3) + rng.normal(0, spread), 0, 255).astype(int)
    return int(r), int(g), int(b)


def _smooth(rng: np.random.Generator, cells: int, size: int = BIG) -> Array:
    """Smooth noise (size, size), from -1 to 1."""
    small = Image.fromarray(rng.uniform(0, 255, (cells, cells)).astype(np.uint8))
    return np.asarray(small.resize((size, size), Image.Resampling.BICUBIC), float) / 127.5 - 1


def _canvas(image: Image.Image, rng: np.random.Generator, grain: float = 6) -> Image.Image:
    """Brought to its size, with the tooth of the canvas."""
    pixels = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS), float)
    tooth = rng.normal(0, grain, (SIZE, SIZE, 1))
    return Image.fromarray(np.clip(pixels + tooth, 0, 255).astype(np.uint8))


def night(rng: np.random.Generator) -> Image.Image:
    """A night sky of swirling strokes with glowing stars, over hills and a village."""
    eddies = [(520, 560, 300, 1.0), (930, 700, 200, -1.0), (1220, 250, 190, 1.0), (230, 200, 150, -0.8)]
    stars = [(1230, 240, 120), (210, 190, 70), (480, 150, 48), (800, 230, 58), (160, 620, 50), (1010, 420, 44),
             (1390, 600, 54), (650, 380, 36), (330, 430, 40)]  # fmt: skip
    wander = _smooth(rng, 6)

    def angle(x: float, y: float) -> float:
        vx, vy = 1.0, 0.35 * np.sin(x / 190) + 0.3 * wander[int(y) % BIG, int(x) % BIG]
        for cx, cy, r, turn in eddies:
            dx, dy = x - cx, y - cy
            pull = 3.2 * np.exp(-(dx * dx + dy * dy) / (r * r))
            vx, vy = vx - turn * pull * dy / r, vy + turn * pull * dx / r
        for cx, cy, r in stars:
            dx, dy = x - cx, y - cy
            d = np.hypot(dx, dy) + 1
            pull = 4 * np.exp(-((d / (1.9 * r)) ** 2))
            vx, vy = vx - pull * dy / d, vy + pull * dx / d
        return float(np.arctan2(vy, vx))

    def hill(x: float) -> float:
        return 1110 + 60 * np.sin(x / 210) - 90 * np.exp(-(((x - 1250) / 280) ** 2))

    image = Image.new("RGB", (BIG, BIG), (28, 42, 92))
    draw = ImageDraw.Draw(image)
    blues = [(24, 40, 110), (38, 70, 152), (70, 112, 182), (120, 160, 200), (18, 28, 72), (168, 196, 208)]
    for _ in range(15000):
        x, y = rng.uniform(0, BIG, 2)
        if y > hill(x) + 10:
            continue
        glow = sum(np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (1.25 * r) ** 2)) for cx, cy, r in stars)
        band = 0.5 + 0.5 * np.sin(y / 58 + 2.2 * wander[int(y), int(x)] + x / 300)
        base = blues[min(5, int(band * 4.2 + rng.uniform(0, 1.6)))]
        colour = _mix(base, (250, 208, 84) if rng.random() < 0.72 else (255, 242, 190), min(1.0, glow * 1.25))
        _stroke(draw, rng, x, y, angle, rng.uniform(28, 62), int(rng.integers(7, 13)), _rgb(colour, rng, 9))
    for cx, cy, r in stars:
        draw.ellipse([cx - r * 0.34, cy - r * 0.34, cx + r * 0.34, cy + r * 0.34], fill=(255, 236, 150))
    greens = [(20, 44, 58), (34, 74, 74), (58, 98, 74), (14, 26, 44), (84, 112, 92)]
    for _ in range(6500):
        x = rng.uniform(0, BIG)
        y = rng.uniform(hill(x), BIG)
        slope = (hill(x + 8) - hill(x - 8)) / 16
        lean = lambda px, py, s=slope: float(np.arctan(s) + 0.35 * wander[int(py) % BIG, int(px) % BIG])  # noqa: E731
        _stroke(
            draw, rng, x, y, lean, rng.uniform(26, 56), int(rng.integers(7, 12)), _rgb(greens[rng.integers(5)], rng, 8)
        )
    for _ in range(26):
        x, w = rng.uniform(420, 1480), rng.uniform(34, 58)
        y, h = hill(x) + rng.uniform(90, 280), rng.uniform(34, 52)
        draw.rectangle([x, y, x + w, y + h], fill=_rgb((58, 76, 110), rng, 14), outline=(14, 20, 36), width=4)
        draw.polygon([(x - 6, y), (x + w + 6, y), (x + w / 2, y - h * 0.7)], fill=_rgb((44, 50, 72), rng, 10))
        draw.rectangle([x + w * 0.3, y + h * 0.3, x + w * 0.55, y + h * 0.62], fill=(250, 200, 80))
    for _ in range(1100):  # the cypress
        t = rng.uniform(0, 1) ** 0.8
        y, half = 420 + t * 1100, 12 + 110 * t**0.8
        x = 250 + 26 * np.sin(y / 90) + rng.uniform(-half, half)
        up = lambda px, py: float(-np.pi / 2 + 0.5 * np.sin(py / 70 + px / 40))  # noqa: E731
        dark = [(16, 30, 28), (30, 50, 34), (54, 66, 36), (10, 16, 22)][rng.integers(4)]
        _stroke(draw, rng, x, y, up, rng.uniform(40, 80), int(rng.integers(6, 11)), _rgb(dark, rng, 6))
    return _canvas(image, rng)


def _stroke(
    draw: ImageDraw.ImageDraw,
    rng: np.random.Generator,
    x: float,
    y: float,
    angle: Callable[[float, float], float],
    length: float,
    width: int,
    colour: Colour,
) -> None:
    """A brush stroke along a field of angles, with a lighter ridge where the paint is thick."""
    points = [(x, y)]
    for _ in range(6):
        a = angle(x, y)
        x, y = x + np.cos(a) * length / 6, y + np.sin(a) * length / 6
        points.append((x, y))
    draw.line(points, fill=colour, width=width, joint="curve")
    ridge = _rgb(_mix(colour, (255, 255, 255), 0.16), rng)
    draw.line([(px - 1, py - width * 0.22) for px, py in points], fill=ridge, width=max(1, width // 4))


def cubist(rng: np.random.Generator) -> Image.Image:
    """Facets in ochre and grey, each shaded across, with dark edges and a few arcs and strings."""
    palette = [(196, 148, 74), (150, 104, 52), (222, 194, 142), (122, 118, 108), (84, 82, 78), (172, 166, 152),
               (60, 48, 40), (208, 120, 58), (98, 118, 122)]  # fmt: skip
    image = Image.new("RGB", (BIG, BIG), (140, 120, 92))

    def area(polygon: list[Array]) -> float:
        xs, ys = np.array(polygon).T
        return float(abs(xs @ np.roll(ys, 1) - ys @ np.roll(xs, 1)) / 2)

    def split(polygon: list[Array], largest: float) -> list[list[Array]]:
        """Cut across its longest side, again and again, until no piece is larger."""
        if area(polygon) < largest * rng.uniform(0.35, 1.3):
            return [polygon]
        sides = [float(np.linalg.norm(polygon[i] - polygon[i - 1])) for i in range(len(polygon))]
        i = int(np.argmax(sides))
        j = (i + len(polygon) // 2) % len(polygon)
        a = _mix(polygon[i - 1], polygon[i], rng.uniform(0.35, 0.65))
        b = _mix(polygon[j - 1], polygon[j], rng.uniform(0.3, 0.7))
        i, j, a, b = (i, j, a, b) if i < j else (j, i, b, a)
        return split([a, *polygon[i:j], b], largest) + split([b, *polygon[j:], *polygon[:i], a], largest)

    corners = [np.array(c, float) for c in ((-40, -40), (BIG + 40, -40), (BIG + 40, BIG + 40), (-40, BIG + 40))]
    ramp = np.mgrid[0:BIG, 0:BIG].astype(float) / BIG
    for facet in split(corners, 45_000):
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
    return _canvas(image, rng, 7)


def wave(rng: np.random.Generator) -> Image.Image:
    """A woodblock print: a breaking wave with claws of foam, flat inks on paper, a far mountain."""
    paper, ink, deep, mid, pale = (236, 222, 190), (26, 42, 82), (36, 66, 122), (92, 134, 170), (176, 202, 206)
    image = Image.new("RGB", (BIG, BIG), paper)
    draw = ImageDraw.Draw(image)
    for y in range(0, 900, 4):  # the printer's graded sky
        draw.rectangle([0, y, BIG, y + 4], fill=_rgb(_mix((206, 186, 150), paper, min(1, y / 520)), rng))
    draw.polygon([(880, 1010), (1090, 760), (1130, 752), (1360, 1010)], fill=deep, outline=ink)
    draw.polygon(
        [(1058, 800), (1090, 760), (1130, 752), (1172, 806), (1130, 836), (1100, 806), (1080, 838)],
        fill=(246, 240, 226),
    )

    def crest(points: list[tuple[float, float]], fill: Colour, bands: int) -> None:
        for k in range(bands):
            tone = [fill, mid, deep, pale][k % 4]
            moved = [(x + k * 9, y + k * 30) for x, y in points]
            draw.polygon([*moved, (BIG + 200, BIG + 100), (-200, BIG + 100)], fill=tone)
            draw.line(moved, fill=ink, width=7)

    def curl(cx: float, cy: float, r: float, turns: float) -> list[tuple[float, float]]:
        a = np.linspace(np.pi * 1.02, np.pi * (1.02 + turns), 60)
        rr = r * (1 - 0.52 * (a - a[0]) / (a[-1] - a[0]))
        return [(cx + p * np.cos(t), cy + p * np.sin(t)) for t, p in zip(a, rr, strict=True)]

    far = [(x, 1040 + 46 * np.sin(x / 120) - 60 * np.exp(-(((x - 1380) / 200) ** 2))) for x in range(-40, BIG + 41, 10)]
    crest(far, mid, 4)
    body = [(-60.0, 1010.0), (90, 800), *curl(560, 640, 430, 1.28)]
    back = [(x, 1180 + 0.00052 * (x - 620) ** 2 + 20 * np.sin(x / 60)) for x in range(860, 300, -20)]
    for k, tone in enumerate((deep, mid, pale, deep, mid, deep, pale, mid)):
        moved = [
            (560 + (x - 560) * (1 - 0.065 * k) - 20 * k, 700 + (y - 700) * (1 - 0.055 * k) + 26 * k)
            for x, y in body + back
        ]
        draw.polygon([*moved, (-100, BIG), (-100, 1040)], fill=tone)
        draw.line(moved, fill=ink, width=6)
    lip = curl(560, 640, 430, 1.28)
    for i, (x, y) in enumerate(lip):  # foam, and the claws that drip from it
        for _ in range(7):
            r = rng.uniform(9, 30) * (0.5 + i / len(lip))
            px, py = x + rng.normal(0, 20), y + rng.normal(0, 20)
            draw.ellipse([px - r, py - r, px + r, py + r], fill=(248, 242, 228), outline=ink, width=4)
        if i > 12 and i % 2 == 0:
            a = np.radians(rng.uniform(30, 130))
            for bend in (-0.5, 0.0, 0.5):
                tip = (x + 92 * np.cos(a + bend), y + 92 * np.sin(a + bend))
                draw.line([(x, y), (x + 50 * np.cos(a), y + 50 * np.sin(a)), tip], fill=ink, width=22)
                draw.line([(x, y), (x + 50 * np.cos(a), y + 50 * np.sin(a)), tip], fill=(248, 242, 228), width=13)
    front = [
        (x, 1330 + 70 * np.sin(x / 170 + 1) - 90 * np.exp(-(((x - 1250) / 210) ** 2))) for x in range(-40, BIG + 41, 8)
    ]
    crest(front, deep, 7)
    for x, y in front[::2]:
        for _ in range(4):
            r = rng.uniform(7, 20)
            px, py = x + rng.normal(0, 14), y + rng.normal(0, 12)
            draw.ellipse([px - r, py - r, px + r, py + r], fill=(248, 242, 228), outline=ink, width=4)
    for _ in range(260):  # spray
        px, py, r = rng.normal(760, 260), rng.normal(460, 190), rng.uniform(3, 9)
        draw.ellipse([px - r, py - r, px + r, py + r], fill=(250, 246, 234))
    fibres = _smooth(rng, 200) * np.repeat(_smooth(rng, 90, BIG)[:, :1], BIG, 1)
    pixels = np.asarray(image, float) + 12 * fibres[..., None] + rng.normal(0, 5, (BIG, BIG, 1))
    return _canvas(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), rng, 3)


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
    streak = _smooth(rng, 40) * 0.16 + _smooth(rng, 160) * 0.1
    lit = 1.12 - first / 330 + streak + rng.normal(0, 0.12, len(seeds))[owner]
    pixels = (
        np.array(tones, float)[owner] * np.clip(lit, 0.3, 1.7)[..., None] + 40 * np.clip(lit - 0.9, 0, 1)[..., None]
    )
    lead = np.clip((second - first) / 2 - 7, 0, 1)
    edge = np.clip((second - first) / 2 / 7, 0, 1)
    rounded = np.array([34, 32, 36]) + 60 * np.sin(np.pi * edge)[..., None] ** 4
    pixels = pixels * lead[..., None] + rounded * (1 - lead[..., None])
    return _canvas(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), rng, 4)


def dots(rng: np.random.Generator) -> Image.Image:
    """Pointillism: a shore at noon in dots of pure colour, each beside its complement."""
    scene = Image.new("RGB", (BIG, BIG), (150, 196, 226))
    draw = ImageDraw.Draw(scene)
    for y in range(0, 620, 4):
        draw.rectangle([0, y, BIG, y + 4], fill=_rgb(_mix((96, 156, 214), (250, 224, 186), y / 620), rng))
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
                colour = _mix(colour, 255 - colour[[1, 2, 0]], 0.55)
            elif kind < 0.5:
                colour = colour + (colour - colour.mean()) * 0.9 + rng.uniform(-25, 45)
            r = radius * rng.uniform(0.7, 1.15)
            draw.ellipse([px - r, py - r, px + r, py + r], fill=_rgb(colour, rng, 16))
    return _canvas(image, rng, 4)


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
        bleed = 1 + 0.5 * _smooth(rng, 24) + 0.35 * _smooth(rng, 110)
        tone -= np.clip(wash * bleed, 0, 1.3) * (44 + 24 * layer)
        dry = (np.clip(depth / 5, 0, 1) * np.clip(1 - depth / 60, 0, 1)) * (_smooth(rng, 300) > 0.12)
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
    pixels = np.asarray(image, float)[..., None] * np.array([1.0, 0.975, 0.91]) + 5 * _smooth(rng, 250)[..., None]
    colour = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    seal = Image.new("RGB", (BIG, BIG), "white")
    mark = ImageDraw.Draw(seal)
    mark.rectangle([150, 180, 250, 300], fill=(190, 40, 36))
    for k in range(3):
        mark.line([(168, 205 + 34 * k), (232, 212 + 30 * k)], fill="white", width=9)
    mark.line([(200, 195), (200, 286)], fill="white", width=9)
    return _canvas(ImageChops.multiply(colour, seal), rng, 5)


PAINTINGS = {f.__name__: f for f in (night, cubist, wave, glass, dots, ink)}
