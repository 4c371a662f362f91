"""The sample pictures: photos, styles, the example painting, and a sprite of thumbnails."""

import json
import shutil
from pathlib import Path

from PIL import Image, ImageOps

from stylize import StylizeError
from stylize.pictures import sandbox

from .visits.storage import folder

HERE = Path(__file__).parent
FOLDER = next((path for path in (HERE / "examples", HERE.parents[1] / "examples") if path.is_dir()), HERE)
TILE = 176  # px of a tile of the sprite; cards are about 100 CSS px
FIRST_PHOTO, FIRST_STYLE = "ruins", "night"  # of examples/first.jpg
FIRST = FOLDER / "first.jpg"  # that pair's painting, 768 px
PRESET_TILES = FOLDER / "presets.jpg"  # a row of its paintings, one per preset


_LIST = FOLDER / "styles.json"  # {style: {language: name}}, in the gallery's order
STYLE_NAMES: dict[str, dict[str, str]] = json.loads(_LIST.read_text(encoding="utf-8")) if _LIST.is_file() else {}


def _named(kind: str, order: tuple[str, ...] = ()) -> dict[str, Path]:
    found = {path.stem.partition("_")[2]: path for path in sorted(FOLDER.glob(f"{kind}_*.jpg"))}
    return {name: found[name] for name in order if name in found} | found


PHOTOS, STYLES = _named("content"), _named("style", tuple(STYLE_NAMES))
TILES = [*PHOTOS.values(), *STYLES.values()]  # of the sprite, in order
NAMES = {path.name for path in TILES}


def tile(path: Path | str) -> int:
    """Index of a picture's tile in the sprite; -1 if it has none."""
    return TILES.index(Path(path)) if Path(path) in TILES else -1


def is_first(path: str | None) -> bool:
    """Whether this is a copy of the photo whose painting is shown at first."""
    return Path(path or "").name == f"content_{FIRST_PHOTO}.jpg"


def sprite() -> Path:
    """Write all tiles as one picture into the served folder, so that the cards need one request."""
    row = Image.new("RGB", (TILE * max(1, len(TILES)), TILE))
    for place, path in enumerate(TILES):
        with Image.open(path) as image:
            image.draft("RGB", (TILE, TILE))
            row.paste(ImageOps.fit(image.convert("RGB"), (TILE, TILE)), (TILE * place, 0))
    path = folder() / "samples" / "tiles.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    row.save(path, quality=85)
    return path


def served(path: Path) -> Path:
    """Copy a sample file into the served folder, once; returns the copy."""
    copy = folder() / "samples" / path.name
    if not copy.is_file():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return copy


def of_card(card: str) -> Path:
    """Return the sample picture of a card. Raises StylizeError if there is none."""
    for path in TILES:
        if path.stem == card:
            return path
    raise StylizeError("This picture is not on the server (any more); upload it again.")


def small(path: Path) -> str:
    """Write a thumbnail of an uploaded picture into the served folder."""
    target = path.with_name(f"{path.stem}-tile.jpg")
    ImageOps.fit(sandbox.open_untrusted(path, 2 * TILE), (TILE, TILE)).save(target, quality=85)
    return str(target)
