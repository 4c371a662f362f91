"""Choose the decoder of a picture file by its first bytes, or say what else the file is."""

import re
from importlib import import_module
from typing import Any

from PIL import ImageFile

from ..errors import StylizeError

HEAD = 4096  # bytes of a file that are searched for its format
# Decoders by the first bytes of their files. Not all of Pillow's: the one for EPS starts Ghostscript.
PLUGINS = {
    "Jpeg": rb"\xff\xd8\xff",  # also MPO, whose first picture is the photo
    "Png": rb"\x89PNG\r\n\x1a\n",
    "WebP": rb"RIFF....WEBP",
    "Avif": rb"....ftyp.{0,64}avi[fs]",
    "Heif": rb"....ftyp.{0,64}(hei[cxms]|hev[cxms]|mif1|msf1)",
    "Gif": rb"GIF8[79]a",
    "Bmp": rb"BM",
    "Tiff": rb"II[*+]\0|MM\0[*+]",
}
DOCUMENT = rb"%PDF|\s*<(svg|\?xml|!DOCTYPE svg)"
HIDDEN_IN_BROWSERS = ("Tiff", "Heif")
ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff",
           ".heic", ".heif", ".hif")  # fmt: skip


def plugin_of(head: bytes) -> str:
    """Return the name in PLUGINS for a file that begins so; "" if there is none."""
    return next((name for name, pattern in PLUGINS.items() if re.match(pattern, head, re.DOTALL)), "")


def decoder_of(name: str, head: bytes) -> type[ImageFile.ImageFile]:
    """Return the class that reads the file. Constructing it reads the header; unlike Image.open, it checks no size.

    Raises StylizeError if there is none.
    """
    plugin = plugin_of(head)
    try:
        if plugin:
            module = import_module("pillow_heif" if plugin == "Heif" else f"PIL.{plugin}ImagePlugin")
            return getattr(module, f"{plugin}ImageFile")
    except ImportError:  # pillow-heif is optional, and Pillow 11.0 has no AVIF
        raise StylizeError(
            "{name} is a HEIC or AVIF picture, which needs pillow-heif or a newer Pillow; install that, or save it as "
            "JPEG.",
            name=name,
        ) from None
    if re.match(DOCUMENT, head):
        raise StylizeError("{name} is a document or a drawing (PDF, SVG); export it as PNG first.", name=name)
    raise StylizeError("{name} is not a picture this program can read; save it as JPEG or PNG.", name=name)


def is_rare_tiff(image: Any) -> bool:
    """Return whether a TIFF is of a kind that Pillow reads wrong or hardly anybody has.

    More than 16 bits, signed integers, floats; of 16 bits those where 0 is white or with each channel apart; and files
    whose first picture is a reduced copy (camera raw).
    """
    tags = image.tag_v2
    bits, kinds = max(tags.get(258, (1,))), {*tags.get(339, (1,))}
    odd = tags.get(262) == 0 or (tags.get(284) == 2 and tags.get(277, 1) > 1)
    return bits > 16 or bool(kinds & {2, 3}) or (bits > 8 and odd) or bool(tags.get(254, 0) & 1)
