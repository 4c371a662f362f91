"""Paints the README's grid of results from the examples: python examples/grid.py"""

import json
import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from stylize import Settings, stylize  # noqa: E402

CELL = (256, 192)
STYLES = [*json.loads((HERE / "styles.json").read_text(encoding="utf-8"))][:8]
CONTENTS = ("ruins", "robots", "face", "city")


def main() -> None:
    grid = Image.new("RGB", (CELL[0] * (len(CONTENTS) + 1), CELL[1] * (len(STYLES) + 1)), "white")
    for column, name in enumerate(CONTENTS, 1):
        content = Image.open(HERE / f"content_{name}.jpg")
        grid.paste(content.resize(CELL), (CELL[0] * column, 0))
        for row, style_name in enumerate(STYLES, 1):
            style = Image.open(HERE / f"style_{style_name}.jpg")
            grid.paste(style.resize((CELL[1], CELL[1])), ((CELL[0] - CELL[1]) // 2, CELL[1] * row))
            *_, last = stylize(content, style, Settings())
            grid.paste(last.picture.resize(CELL, Image.Resampling.LANCZOS), (CELL[0] * column, CELL[1] * row))
            print(name, style_name, f"{last.seconds:.1f} s", flush=True)
    grid.save(HERE / "results.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main()
