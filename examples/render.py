"""Draws the example pictures, seeded: python examples/render.py [NAME ...]"""

import sys
import time
import zlib
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import scenes
from camera import Shot, take
from oils import cubist, dots, night
from PIL import Image
from prints import glass, ink, wave

HERE = Path(__file__).parent
MOST = 200_000  # bytes of a file
NOON = ((0.9, 0.95, 1.0), (0.8, 0.85, 0.9))
SHOTS = {
    "robots": Shot(
        scenes.robots, eye=(0.15, 2.0, -4.6), target=(0.05, 1.15, 0.4), zoom=1.75, sun=(-0.5, 0.8, -0.6),
        warmth=(1.0, 0.93, 0.82), sky=NOON, haze=0.0, focus=4.7, far=14,
    ),
    "ruins": Shot(
        scenes.ruins, eye=(-0.6, 2.7, -2.2), target=(0.1, 1.75, 5.0), zoom=1.3, sun=(-0.75, 0.6, -0.3),
        warmth=(1.05, 0.97, 0.82), sky=((0.35, 0.55, 0.85), (0.78, 0.85, 0.92)), haze=0.018, far=24, clouds=0.25,
    ),
    "face": Shot(
        scenes.face, eye=(0.25, 0.15, -5.2), target=(0.0, -0.25, 0), zoom=2.25, sun=(-0.7, 0.6, -0.8),
        warmth=(1.05, 0.95, 0.85), sky=((0.7, 0.75, 0.8), (0.75, 0.75, 0.75)), haze=0.0, focus=4.5, far=12,
    ),
    "city": Shot(
        scenes.city, eye=(-0.4, 1.5, -3.4), target=(0.15, 1.35, 3.0), zoom=1.25, sun=(-0.75, 0.35, -0.4),
        warmth=(1.3, 0.92, 0.6), sky=((0.28, 0.42, 0.68), (1.0, 0.75, 0.55)), haze=0.02, far=24, clouds=0.3,
    ),
}  # fmt: skip
PAINTINGS = {f.__name__: f for f in (night, cubist, wave, glass, dots, ink)}


def render(name: str) -> str:
    """Draw one picture and save it; returns a line about it."""
    started = time.time()
    if name in SHOTS:
        picture, path = take(SHOTS[name]), HERE / f"content_{name}.jpg"
    else:
        picture, path = PAINTINGS[name](np.random.default_rng(zlib.crc32(name.encode()))), HERE / f"style_{name}.jpg"
    _save(picture, path)
    return f"{path.name}  {path.stat().st_size // 1000} kB  {time.time() - started:.0f} s"


def _save(picture: Image.Image, path: Path) -> None:
    """As good as fits into MOST bytes."""
    for quality in range(92, 40, -4):
        picture.save(path, quality=quality, optimize=True)
        if path.stat().st_size <= MOST:
            return


def main() -> None:
    names = sys.argv[1:] or [*SHOTS, *PAINTINGS]
    if unknown := [name for name in names if name not in SHOTS and name not in PAINTINGS]:
        sys.exit(f"There is no picture {unknown[0]}; choose from {', '.join([*SHOTS, *PAINTINGS])}.")
    with Pool(2) as pool:
        for line in pool.imap_unordered(render, names):
            print(line, flush=True)


if __name__ == "__main__":
    main()
