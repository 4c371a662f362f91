"""Sound files that Pillow refuses or reads wrong: JPEGs without their end marker, and some TIFFs."""

import io
import os
import re
import sys
from pathlib import Path
from typing import Any, cast

from PIL import Image, TiffImagePlugin

END = b"\xff\xd9"
FILLING = b"\xa5\x3c\x96" * 3000  # for what a JPEG may lack: pixels that are there do not hang on it
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # that ends a scan
COMPLEMENT = bytes(range(255, -1, -1))
DEEP_GREY = (16, 16)  # bits of a channel and its opacity

for _order in (b"II", b"MM"):
    for _opacity in (0, 1, 2):  # not told, multiplied into the grey, or not: read as four bytes, see _tiff
        TiffImagePlugin.OPEN_INFO[_order, 1, (1,), 1, DEEP_GREY, (_opacity,)] = "RGBA", "RGBA"
    TiffImagePlugin.OPEN_INFO[_order, 1, (1,), 1, (8, 8), (1,)] = "La", "La"
    TiffImagePlugin.OPEN_INFO[_order, 1, (1,), 1, (8, 8), (0,)] = "LA", "LA"
TiffImagePlugin.OPEN_INFO[b"MM", 0, (1,), 1, (16,), ()] = "I;16B", "I;16B"


def load(image: Image.Image, path: str | os.PathLike[str], wanted: tuple[int, int] | None) -> Image.Image:
    """The picture with its pixels, in its true channels; a JPEG may be reduced towards `wanted`."""
    image.draft(None, wanted)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _tiff(image)
    try:
        image.load()
    except OSError:
        if image.format != "JPEG":
            raise
        return _jpeg(Path(path).read_bytes().removesuffix(END[:1]), wanted)
    return image


def _jpeg(data: bytes, wanted: tuple[int, int] | None) -> Image.Image:
    """A JPEG that lacks its end marker and nothing else. Raises OSError where more is missing."""
    ended = []
    for filling in (b"", FILLING):
        image = Image.open(io.BytesIO(data + filling + END), formats=("JPEG",))
        image.draft(None, wanted)
        image.load()
        ended.append(image)
    if ended[0].tobytes() != ended[1].tobytes() or not _has_every_scan(data):
        raise OSError("the JPEG is cut short")
    return ended[0]


def _has_every_scan(data: bytes) -> bool:
    """Whether each component's 64 coefficients are there to their last bit."""
    at, missing = 2, dict[int, set[int]]()
    while data[at : at + 1] == END[:1]:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        at += 2 + length
        if kind in (0xC0, 0xC1, 0xC2):  # the frame: its components
            missing = {body[6 + 3 * n]: set(range(64)) for n in range(body[5])}
        elif kind == 0xDA:  # a scan: its components, first and last coefficient, and bits left out
            first, last, bits = body[1 + 2 * body[0] :][:3]
            for component in body[1 : 1 + 2 * body[0] : 2] if not bits & 15 else ():
                missing[component] -= set(range(first, last + 1))
            found = MARKER.search(data, at)
            at = found.start() if found else len(data)
    return bool(missing) and not any(missing.values())


def _tiff(image: TiffImagePlugin.TiffImageFile) -> Image.Image:
    tags, tiles = cast(Any, image.tag_v2), cast(Any, image.tile)
    bits, raw, order = tags.get(258), tags.get(259, 1) == 1, "L" if tags.prefix == b"II" else "B"
    apart = tags.get(284) == 2  # one channel after the other
    if apart and bits == DEEP_GREY:
        raise OSError("grey and its opacity cannot be read apart")
    if apart and raw and bits and bits[0] == 16:  # Pillow would take bytes for values
        image.tile = [tile._replace(args=(f"{tile.args[0]};16{order}", *tile.args[1:])) for tile in tiles]
    image.load()
    mended: Image.Image = image
    if bits == DEEP_GREY:
        little = order == "L" if raw else sys.byteorder == "little"  # libtiff turns them to this machine's order
        pair = image.getchannel(little), image.getchannel(2 + little)
        mended = Image.merge("La" if tags.get(338) == (1,) else "LA", pair)
    elif image.mode.startswith("I;16") and tags.get(262) == 0:  # 0 is white
        mended = Image.frombytes(image.mode, image.size, image.tobytes().translate(COMPLEMENT))
    if mended.mode == "LA" and tags.get(338) == (0,):
        mended = mended.getchannel(0)
    if mended is not image:
        mended.info = dict(image.info)
    return mended
