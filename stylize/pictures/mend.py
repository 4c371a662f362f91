"""Sound files that Pillow refuses or reads wrong: JPEGs without their end marker, and some TIFFs.

And files that would take all memory, or hours, for a few bytes: these are refused.
"""

import io
import math
import os
import re
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, Literal, cast

from PIL import Image, TiffImagePlugin

END = b"\xff\xd9"
FILLING = b"\xa5\x3c\x96" * 3000  # for what a JPEG may lack: pixels that are there do not hang on it
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # that ends a scan
SEGMENT = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
COMPLEMENT = bytes(range(255, -1, -1))
SCAN = 0xDA  # the kind of a JPEG's segment
MOST_SCANS = 100  # of a JPEG: each is a pass over all its pixels, and sound ones have about ten
DEEP_GREY = (16, 16)  # bits of a channel and its opacity
TILE = (322, 323)  # tags: a tile's width and height
LARGEST_TILE = 4096**2  # px
MOST_COVERED = 16  # times that a picture's pixels may be decoded: for each channel, where they are apart
MOST_NUMBERS = 500_000  # in all of a picture's tags, of which each becomes an object
KEPT_AS_BYTES = (1, 2, 6, 7)  # kinds of tags
SHORT, LONG = 3, 4  # likewise
SHARED_BYTES = 1 << 20  # that tags may have in common

_directory: Any = TiffImagePlugin.ImageFileDirectory_v2  # of a TIFF, and of EXIF in any format
_load_tags = _directory.load

_MORE: dict[Any, tuple[str, str]] = {  # kinds of TIFF, and their modes
    (b"MM", 0, (1,), 1, (16,), ()): ("I;16B", "I;16B"),
    (b"MM", 1, (1,), 1, (32,), ()): ("I", "I;32BS"),  # unsigned
    (b"II", 1, (3,), 1, (64,), ()): ("F", "F;64F"),
    (b"MM", 1, (3,), 1, (64,), ()): ("F", "F;64BF"),
}
for _order in (b"II", b"MM"):
    for _opacity in (0, 1, 2):  # not told, multiplied into the grey, or not: read as four bytes, see _tiff
        _MORE[_order, 1, (1,), 1, DEEP_GREY, (_opacity,)] = "RGBA", "RGBA"
    _MORE[_order, 1, (1,), 1, (8, 8), (1,)] = "La", "La"
    _MORE[_order, 1, (1,), 1, (8, 8), (0,)] = "LA", "LA"

_ours: ContextVar[bool] = ContextVar("ours", default=False)  # whether Pillow reads for this program
_opening = threading.Lock()


@contextmanager
def opened(path: str | os.PathLike[str], formats: tuple[str, ...]) -> Iterator[Image.Image]:
    """Image.open, with more kinds of TIFF and with checks. Whoever else uses Pillow in this process has its own."""
    token = _ours.set(True)
    try:
        with _opening:
            TiffImagePlugin.OPEN_INFO.update(_MORE)
            try:
                image = Image.open(path, formats=formats)
            finally:
                for kind in _MORE:
                    del TiffImagePlugin.OPEN_INFO[kind]
        with image:
            yield image
    finally:
        _ours.reset(token)


def _load_checked(tags: Any, file: IO[bytes]) -> Any:
    """Pillow's own, but SyntaxError for tags longer than the file, too many, or of huge tiles."""
    if not _ours.get():
        return _load_tags(tags, file)
    start, length = file.tell(), file.seek(0, os.SEEK_END)
    file.seek(start)
    order: Literal["little", "big"] = "little" if tags._endian == "<" else "big"
    wide = tags._bigtiff
    count = int.from_bytes(file.read(8 if wide else 2), order)
    entry = struct.Struct(tags._endian + ("HHQ8s" if wide else "HHL4s"))
    data = file.read(min(count * entry.size, length))
    size, numbers, tile = 0, 0, dict.fromkeys(TILE, 0)
    for tag, kind, values, value in entry.iter_unpack(data[: len(data) // entry.size * entry.size]):
        each = tags._load_dispatch.get(kind, (0,))[0]
        if values * each <= length:  # else Pillow stops here, and libtiff, which has its own look, does not
            size += values * each
            numbers += values * (each > 0 and kind not in KEPT_AS_BYTES)
        if tag in tile:
            told = int.from_bytes(value[:each], order)
            tile[tag] = max(tile[tag], told if kind in (SHORT, LONG) else LARGEST_TILE + 1, 1)
    if size > length + SHARED_BYTES or numbers > MOST_NUMBERS or math.prod(tile.values()) > LARGEST_TILE:
        raise SyntaxError("the tags are not true")
    file.seek(start)
    return _load_tags(tags, file)


_directory.load = _load_checked


def load(image: Image.Image, path: str | os.PathLike[str], wanted: tuple[int, int] | None) -> Image.Image:
    """The picture with its pixels, in its true channels; a JPEG may be reduced towards `wanted`."""
    image.draft(None, wanted)
    covered = sum((right - left) * (bottom - top) for _, (left, top, right, bottom), *_ in cast(Any, image).tile)
    if covered > MOST_COVERED * image.width * image.height:
        raise OSError("the picture covers itself")
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return _tiff(image)
    data = Path(path).read_bytes() if image.format in ("JPEG", "MPO") else b""
    if not _has_few_scans(data):
        raise OSError("the JPEG has too many scans")
    try:
        image.load()
    except OSError:
        if image.format != "JPEG":
            raise
        return _jpeg(data.removesuffix(END[:1]), wanted)
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
    missing = dict[int, set[int]]()
    for kind, body in _segments(data):
        if kind in (0xC0, 0xC1, 0xC2):  # the frame: its components
            missing = {body[6 + 3 * n]: set(range(64)) for n in range(body[5])}
        elif kind == SCAN:  # its components, first and last coefficient, and bits left out
            first, last, bits = body[1 + 2 * body[0] :][:3]
            for component in body[1 : 1 + 2 * body[0] : 2] if not bits & 15 else ():
                missing[component] -= set(range(first, last + 1))
    return bool(missing) and not any(missing.values())


def _has_few_scans(data: bytes) -> bool:
    """Whatever follows its end, a film for instance."""
    if data.count(bytes((*END[:1], SCAN))) <= MOST_SCANS:
        return True
    kinds = [kind for kind, _ in _segments(data)]
    return kinds[-1:] == [END[1]] and kinds.count(SCAN) <= MOST_SCANS


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Of a JPEG, up to its end or to what is no segment: their kinds and bodies, without a scan's pixels."""
    at = 2
    while found := SEGMENT.match(data, at):
        kind, length = found[0][1], int.from_bytes(data[at + 2 : at + 4], "big")
        yield kind, data[at + 4 : at + 2 + length]
        at += 2 + length
        if kind == END[1]:
            return
        if kind == SCAN:
            scanned = MARKER.search(data, at)
            at = scanned.start() if scanned else len(data)


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
