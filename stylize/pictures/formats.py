"""Choose the decoder of a picture file by its first bytes, or say what else the file is."""

import re
from importlib import import_module
from typing import Any

from PIL import ImageFile

from ..errors import StylizeError

HEAD = 4096  # bytes of a file that are looked at
# Pillow's plugins by the first bytes of their files. Not all plugins: the one for EPS starts Ghostscript.
PLUGINS = {
    "Jpeg": rb"\xff\xd8\xff",  # also MPO, whose first picture is the photo
    "Png": rb"\x89PNG\r\n\x1a\n",
    "WebP": rb"RIFF....WEBP",
    "Avif": rb"....ftyp.{0,64}avi[fs]",
    "Gif": rb"GIF8[79]a",
    "Bmp": rb"BM",
    "Tiff": rb"II[*+]\0|MM\0[*+]",
    "Ppm": rb"P[1-6]\s",
}
HEIC = rb"....ftyp.{0,64}(hei[cxms]|hev[cxms]|mif1|msf1)"
DOCUMENT = rb"%PDF|\s*<(svg|\?xml|!DOCTYPE svg)"
HIDDEN_IN_BROWSERS = ("Tiff", "Ppm", "Heif")
ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff",
           ".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif", ".hif")  # fmt: skip


def plugin_of(head: bytes) -> str:
    """The name in PLUGINS, "Heif" or "" for a file that begins so."""
    patterns = PLUGINS | {"Heif": HEIC}
    return next((name for name, pattern in patterns.items() if re.match(pattern, head, re.DOTALL)), "")


def decoder_of(name: str, head: bytes) -> type[ImageFile.ImageFile]:
    """The class that reads the file. Constructing it reads the header; unlike Image.open, it checks no size.

    Raises:
        StylizeError: there is none.
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
    """Whether Pillow would read a TIFF wrong.

    Integers of 32 bits or with a sign, 16 bits of which 0 is white or with each channel apart, compressed big-endian
    floats, and files whose first picture is a reduced copy (camera raw).
    """
    tags = image.tag_v2
    bits, kinds = max(tags.get(258, (1,))), {*tags.get(339, (1,))}
    deep = bits > 8 and (tags.get(262) == 0 or (tags.get(284) == 2 and tags.get(277, 1) > 1))
    floats = kinds == {3} and (tags.prefix == b"II" or tags.get(259, 1) == 1)
    return deep or 2 in kinds or (bits > 16 and not floats) or bool(tags.get(254, 0) & 1)
