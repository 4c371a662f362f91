"""Draws the example pictures, seeded: python examples/render.py [NAME ...]"""

import json
import sys
import time
import zlib
from multiprocessing import Pool
from pathlib import Path

import crafts
import numpy as np
import oils
import papers
import prints
from camera import shots, take
from PIL import Image

HERE = Path(__file__).parent
MOST = 200_000  # bytes of a file
SHOTS = shots()
STYLES = json.loads((HERE / "styles.json").read_text(encoding="utf-8"))  # in the gallery's order


def render(name: str) -> str:
    """Draw one picture and save it; returns a line about it."""
    started = time.process_time()
    if name in SHOTS:
        picture, path = take(SHOTS[name]), HERE / f"content_{name}.jpg"
    else:
        draw = next(getattr(module, name) for module in (oils, papers, prints, crafts) if hasattr(module, name))
        picture, path = draw(np.random.default_rng(zlib.crc32(name.encode()))), HERE / f"style_{name}.jpg"
    _save(picture, path)
    return f"{path.name}  {path.stat().st_size // 1000} kB  {time.process_time() - started:.0f} s"


def _save(picture: Image.Image, path: Path) -> None:
    """Save as good as fits into MOST bytes."""
    for quality in range(92, 40, -2):
        picture.save(path, quality=quality, optimize=True)
        if path.stat().st_size <= MOST:
            return


def main() -> None:
    names = sys.argv[1:] or [*SHOTS, *STYLES]
    if unknown := [name for name in names if name not in SHOTS and name not in STYLES]:
        sys.exit(f"There is no picture {unknown[0]}; choose from {', '.join([*SHOTS, *STYLES])}.")
    with Pool(2) as pool:
        for line in pool.imap_unordered(render, names):
            print(line, flush=True)


if __name__ == "__main__":
    main()
