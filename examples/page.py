"""Paint the page's own pictures: first.jpg, with which it opens, and presets.jpg, one tile per preset."""

from PIL import Image, ImageOps

from stylize import Settings, stylize
from stylize.page.cards import PRESETS
from stylize.page.samples import FIRST, FIRST_PHOTO, FIRST_STYLE, PHOTOS, PRESET_TILES, STYLES, TILE


def painted(settings: Settings) -> Image.Image:
    photo, style = Image.open(PHOTOS[FIRST_PHOTO]), Image.open(STYLES[FIRST_STYLE])
    *_, last = stylize(photo, style, settings)
    return last.picture


def main() -> None:
    row = Image.new("RGB", (TILE * len(PRESETS), TILE))
    for place, values in enumerate(PRESETS.values()):
        tile = painted(Settings(size=256, **values))
        row.paste(ImageOps.fit(tile, (TILE, TILE)), (TILE * place, 0))
    row.save(PRESET_TILES, quality=88)
    painted(Settings(size=768, iterations=160)).save(FIRST, quality=90)  # one that is larger takes a few more


if __name__ == "__main__":
    main()
