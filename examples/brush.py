"""What the examples' paintings are drawn with: noise, colours that vary, brush strokes, the grain of the canvas."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIZE, BIG = 768, 1536  # px, of the picture and of the canvas it is drawn on
Colour = tuple[int, int, int]
Array = NDArray[np.float64]


def mix(a: Colour | Array, b: Colour | Array, t: float) -> Array:
    return np.asarray(a, float) * (1 - t) + np.asarray(b, float) * t


def rgb(colour: Colour | Array, rng: np.random.Generator, spread: float = 0) -> Colour:
    r, g, b = np.clip(np.asarray(colour, float) + rng.normal(0, spread, 3) + rng.normal(0, spread), 0, 255).astype(int)
    return int(r), int(g), int(b)


def smooth(rng: np.random.Generator, cells: int, size: int = BIG) -> Array:
    """Smooth noise (size, size), from -1 to 1."""
    small = Image.fromarray(rng.uniform(0, 255, (cells, cells)).astype(np.uint8))
    return np.asarray(small.resize((size, size), Image.Resampling.BICUBIC), float) / 127.5 - 1


def canvas(image: Image.Image, rng: np.random.Generator, grain: float = 6) -> Image.Image:
    """Brought to its size, with the tooth of the canvas."""
    pixels = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS), float)
    tooth = rng.normal(0, grain, (SIZE, SIZE, 1))
    return Image.fromarray(np.clip(pixels + tooth, 0, 255).astype(np.uint8))


def stroke(
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
    ridge = rgb(mix(colour, (255, 255, 255), 0.16), rng)
    draw.line([(px - 1, py - width * 0.22) for px, py in points], fill=ridge, width=max(1, width // 4))
