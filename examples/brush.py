"""What the example styles are drawn with: noise, colours, curves, masks and the motifs of motifs.txt."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

SIZE, BIG = 768, 1536  # px: side of a picture, and of the canvas it is drawn on
Array = NDArray[np.float32]
Rng = np.random.Generator
Y, X = np.mgrid[0:BIG, 0:BIG].astype(np.float32)


def smooth(rng: Rng, cells: int, octaves: int = 1, across: int = 0) -> Array:
    """Smooth noise, about -1 to 1; `across` sets another number of cells from left to right, for streaks."""
    total = np.zeros((BIG, BIG), np.float32)
    for k in range(octaves):
        small = rng.uniform(-1, 1, (min(BIG, cells << k), min(BIG, (across or cells) << k))).astype(np.float32)
        total += np.asarray(Image.fromarray(small).resize((BIG, BIG), Image.Resampling.BICUBIC)) / 2**k
    return total


def blur(field: Array, radius: float) -> Array:
    """A fast blur of floats: reduce, and enlarge again."""
    height, width = field.shape
    image = Image.fromarray(field.astype(np.float32))
    small = image.resize((max(2, round(width / radius)), max(2, round(height / radius))), Image.Resampling.HAMMING)
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def step(field: Array, low: float, high: float) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def at(pixels: Array, x: Array, y: Array) -> Array:
    """The pixels at these places, the nearest where they lie outside."""
    return pixels[np.clip(y, 0, BIG - 1).astype(int), np.clip(x, 0, BIG - 1).astype(int)]


def warp(pixels: Array, rng: Rng, amount: float, cells: int, octaves: int = 2) -> Array:
    """Shift every pixel by noise, so that edges look cut or painted by hand."""
    return at(pixels, X + smooth(rng, cells, octaves) * amount, Y + smooth(rng, cells, octaves) * amount)


def edges(base: Array) -> Array:
    """1 where the picture has fine forms, less elsewhere: where a painter takes the small brush."""
    found = blur(np.hypot(*np.gradient(base.mean(2))), 14)
    return np.clip(found / np.percentile(found, 96), 0.06, 1)


def hues(codes: str) -> Array:
    """Colours (N, 3) of hexadecimal codes, as in "1a2b3c-ffffff"."""
    return np.array([list(bytes.fromhex(code)) for code in codes.split("-")], np.float32)


def ramp(codes: str, t: Array) -> Array:
    """The colours in a row, interpolated at t from 0 to 1."""
    colours = hues(codes)
    where = np.clip(t, 0, 1) * (len(colours) - 1)
    low = np.clip(where.astype(int), 0, max(0, len(colours) - 2))
    return colours[low] + (colours[np.minimum(low + 1, len(colours) - 1)] - colours[low]) * (where - low)[..., None]


def blank(code: str, tooth: Array | float = 0) -> Array:
    """A ground of one colour, lighter and darker by its tooth."""
    return hues(code)[0] * (1 + tooth * np.ones((BIG, BIG), np.float32))[..., None]


def lay(pixels: Array, mask: Array, colour: Array | str) -> None:
    """Cover the pixels with a colour where the mask is 1."""
    pixels += mask[..., None] * ((hues(colour)[0] if isinstance(colour, str) else colour) - pixels)


def finish(pixels: Array, rng: Rng, grain: float = 4) -> Image.Image:
    """Bring to its size, with a little grain."""
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    noisy = np.asarray(image, np.float32) + rng.normal(0, grain, (SIZE, SIZE, 1))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def curve(points: Array | list[tuple[float, float]], closed: bool = False) -> Array:
    """A smooth line (N, 2) through points (Catmull-Rom)."""
    p = np.asarray(points, float)
    p = np.concatenate([p[-1:], p, p[:2]] if closed else [p[:1], p, p[-1:]])
    a, b, c, d = p[:-3], p[1:-2], p[2:-1], p[3:]
    t = np.linspace(0, 1, 10, endpoint=False)[:, None, None]
    q = (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3) / 2
    return np.concatenate([q.transpose(1, 0, 2).reshape(-1, 2), c[-1:]])


def bend(x: float, y: float, angle: float, length: float, turn: float = 0, curl: float = 1) -> Array:
    """A line from (x, y) that turns by `turn` along its length, more at its end where curl > 1."""
    t = np.linspace(0, 1, 16 + int(8 * abs(turn)))
    a = angle + turn * t**curl
    ahead = np.stack([np.cos(a), np.sin(a)], 1) * length / (len(t) - 1)
    return np.array([x, y]) + np.cumsum(np.concatenate([np.zeros((1, 2)), ahead[:-1]]), 0)


def ribbon(line: Array, width: float, start: float = 0, end: float = 0, belly: float = 0.5) -> Array:
    """The outline of a line widest at its `belly`, with a part of that width at its start and end."""
    t = np.linspace(0, 1, len(line))
    rise, fall = np.sin(np.pi / 2 * t / max(belly, 1e-6)), np.cos(np.pi / 2 * (t - belly) / max(1 - belly, 1e-6))
    half = width / 2 * np.where(t < belly, start + (1 - start) * rise, end + (1 - end) * fall)
    tangent = np.gradient(line, axis=0)
    normal = tangent[:, ::-1] * [1, -1] / (np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9)
    return np.concatenate([line + normal * half[:, None], (line - normal * half[:, None])[::-1]])


def circle(x: float, y: float, r: float, points: int = 60) -> Array:
    a = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([x + r * np.cos(a), y + r * np.sin(a)], 1)


def ridge(rng: Rng, top: float, height: float) -> Array:
    """The outline of mountains, down to the lower edge."""
    x, line = np.linspace(-20, BIG + 20, 160), np.zeros(160)
    for k in range(1, 7):
        line += np.interp(x, np.linspace(-20, BIG + 20, 2**k + 2), rng.uniform(-1, 1, 2**k + 2)) / 1.8**k
    return np.concatenate([np.stack([x, top - height * line], 1), [(BIG + 20, BIG + 20), (-20, BIG + 20)]])


def patch(*lines: Array, width: int = 0) -> tuple[tuple[slice, slice], Array]:
    """Where polygons (or, with a width, lines) lie on the canvas, and their mask there."""
    low = np.clip(np.min([line.min(0) for line in lines], 0) - width, 0, BIG - 2).astype(int)
    high = np.clip(np.max([line.max(0) for line in lines], 0) + width + 2, low + 1, BIG).astype(int)
    image = Image.new("L", tuple((high - low).tolist()))
    draw = ImageDraw.Draw(image)
    for line in lines:
        if width:
            draw.line((line - low).ravel().tolist(), fill=255, width=width, joint="curve")
        else:
            draw.polygon((line - low).ravel().tolist(), fill=255)
    return np.s_[low[1] : high[1], low[0] : high[0]], np.asarray(image, np.float32) / 255


def shape(*lines: Array, width: int = 0) -> Array:
    """The mask of polygons (or lines) on the whole canvas."""
    mask = np.zeros((BIG, BIG), np.float32)
    part, inside = patch(*lines, width=width)
    mask[part] = inside
    return mask


def fill(pixels: Array, line: Array, codes: str, width: int = 0, amount: float = 1) -> None:
    """Fill an outline (or draw a line) with a colour, or a ramp of colours from left to right."""
    part, mask = patch(line, width=width)
    t = (X[part] - line[:, 0].min()) / (np.ptp(line[:, 0]) + 1)
    lay(pixels[part], amount * mask, ramp(codes, t) if "-" in codes else codes)


class Part(NamedTuple):
    """A part of a motif: its colours, and its outline or, with a width, its line."""

    codes: str
    line: Array
    width: int = 0


def motif(name: str, x: float = 0, y: float = 0, scale: float = 1, mirror: float = 0, turn: float = 0) -> list[Part]:
    """The parts that motifs.txt lists under a name, turned, scaled and moved."""
    text = (Path(__file__).parent / "motifs.txt").read_text(encoding="utf-8")
    parts, matrix = [], scale * np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    for row in text.split(f"\n{name}\n")[1].split("\n\n")[0].splitlines():
        codes, form, *words = row.split()
        n = [float(word) for word in words]
        kind, width = form.rstrip("0123456789"), int(form.lstrip("abcdefghijklmnopqrstuvwxyz") or 0)
        if kind == "motif":
            inner = motif(codes, *n)
        elif kind in ("disc", "ring"):
            inner = [Part(codes, circle(*n), width)]
        elif kind == "leaf":
            inner = [Part(codes, ribbon(bend(*n[:4], *n[5:]), n[4]))]
        else:
            line = np.reshape(n, (-1, 2))
            inner = [Part(codes, line if kind in ("poly", "line") else curve(line, kind != "path"), width)]
        for part in inner:
            line = part.line * [-1 if mirror else 1, 1] @ matrix + [x, y]
            line = np.concatenate([line, line[:2]]) if kind in ("ring", "loop") else line
            parts.append(Part(part.codes, line, round(part.width * scale)))
    return parts


def draw(pixels: Array, parts: list[Part]) -> None:
    for part in parts:
        fill(pixels, part.line, part.codes, part.width)


def labels(parts: list[Part]) -> NDArray[np.int64]:
    """Which part is in front at every pixel, from 1; 0 for none."""
    label = np.zeros((BIG, BIG), int)
    for k, part in enumerate(parts, 1):
        box, mask = patch(part.line, width=part.width)
        label[box][mask > 0.5] = k
    return label


def outlines(label: NDArray[np.int64], width: int) -> Array:
    """1 where two labels meet, on lines of an odd width."""
    met = (label != np.roll(label, 1, 0)) | (label != np.roll(label, 1, 1))
    met[0] = met[:, 0] = False
    return np.asarray(Image.fromarray(met * np.uint8(255)).filter(ImageFilter.MaxFilter(width)), np.float32) / 255
