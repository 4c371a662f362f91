"""Read and write picture files."""

import json
import math
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from ..environment import limit
from ..errors import StylizeError
from . import decode, files, formats, hdr

MAX_PIXELS = limit("MAX_PIXELS", 52_000_000)  # pixels of a decoded picture: 50 megapixels and a few
JPEG_FACTOR = 4  # a JPEG may be so many times larger: it is reduced while it is decoded
WRITTEN = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF",
           ".avif": "AVIF", ".gif": "GIF", ".bmp": "BMP"}  # fmt: skip
SMALL = 64  # px: a picture whose longer side is shorter has hardly any strokes or forms to paint with
LARGEST = 8192  # px: pictures are reduced to twice what can be painted


def open_picture(path: str | os.PathLike[str], side: int | None = LARGEST) -> Image.Image:
    """Open a picture file: first frame, upright, sRGB, transparency on a background; mode RGB.

    It is reduced to an area of `side` x `side` px at most; None: not reduced. `info["notes"]`: see decode.to_rgb.
    Raises StylizeError if the file cannot be read, is no picture, is damaged, or has more than MAX_PIXELS.
    """
    with _opened(path) as image:
        width, height = image.size  # before it is reduced
        _load(image, side)
        picture = decode.to_rgb(image, side)
        notes = picture.info["notes"]
        if max(width, height) < SMALL:
            note = StylizeError(
                "The picture has only {width} x {height} px, so the painting may be blurred; a larger one is better.",
                width=width,
                height=height,
            )
            notes.append(note)
        with suppress(Exception):  # the second frame may be damaged
            if getattr(image, "is_animated", False):
                notes.append(StylizeError("The file has several frames or pages; only the first is painted."))
        return picture


def open_mask(path: str | os.PathLike[str], side: int | None = LARGEST) -> Image.Image:
    """Open a mask file, mode L, see decode.to_mask; reduced, and raising, as open_picture."""
    with _opened(path) as image:
        _load(image, side)
        return decode.to_mask(image, side)


def shape_of(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Read (width, height) of a picture file, turned upright, without decoding it. Raises as open_picture."""
    with _opened(path) as image:
        orientation = None
        if image.format != "TIFF":  # Pillow states a TIFF's size as turned already
            with suppress(Exception):  # broken EXIF: take it as upright
                orientation = image.getexif().get(0x0112)
        return (image.height, image.width) if orientation in (5, 6, 7, 8) else image.size


def decoded_shape(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Do as shape_of, but decode the picture at a small size too, so that all that open_picture raises is raised."""
    open_picture(path, SMALL)
    return shape_of(path)


def _load(image: Image.Image, side: int | None) -> None:
    """Decode the pixels; a JPEG is reduced to 1/2, 1/4 or 1/8 meanwhile, as far as `side` and MAX_PIXELS allow."""
    pixels = image.width * image.height
    k = min(1.0, side / math.sqrt(pixels) if side else 1.0, 0.5 if pixels > MAX_PIXELS else 1.0)
    image.draft(None, (max(1, int(k * image.width)), max(1, int(k * image.height))))
    image.load()


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Image.Image]:
    """Open a file, read its header and check its size. What fails here or in the block becomes a StylizeError."""
    name = Path(path).name or str(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise StylizeError("{name} is a folder; name a picture in it.", name=name)
        if not stat.S_ISREG(mode):  # a device or a pipe may never end
            raise StylizeError("{name} is not an ordinary file; save the picture to one first.", name=name)
        with open(path, "rb") as file:
            head = file.read(formats.HEAD)
        decoder = formats.decoder_of(name, head)
        with decoder(os.fspath(path)) as image:
            if image.format == "TIFF" and formats.is_rare_tiff(image):
                raise SyntaxError
            if image.format == "AVIF":
                image.info.setdefault("nclx_profile", hdr.avif_profile(head))
            _check_size(image, name)
            yield image
    except StylizeError:
        raise
    except FileNotFoundError:
        raise StylizeError("There is no file {name}; check its name and folder.", name=name) from None
    except PermissionError:
        raise StylizeError("{name} may not be read; check its permissions.", name=name) from None
    except MemoryError:
        raise StylizeError("There is not enough memory to open {name}; make it smaller first.", name=name) from None
    except Exception as error:  # a decoder may raise anything
        if isinstance(error, SyntaxError) and decoder.format == "TIFF":  # Pillow does not know this kind
            raise StylizeError("{name} is a rare kind of TIFF; save it as PNG or JPEG.", name=name) from None
        raise StylizeError("{name} is damaged or cut short; save or download it again.", name=name) from None


def _check_size(image: Image.Image, name: str) -> None:
    baseline = image.format == "JPEG" and not image.info.get("progressive")  # else all of it is held in memory
    most = MAX_PIXELS * (JPEG_FACTOR if baseline else 1)
    if image.width * image.height > most:
        raise StylizeError(
            "{name} has more than {megapixels} million pixels; make it smaller first.",
            name=name,
            megapixels=round(most / 1e6),
        )


def read_record(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the settings that `save` wrote into a picture, as a dict; settings.known picks the fields it has.

    Raises StylizeError if the file is no picture, or has no settings inside.
    """
    with _opened(path) as image:
        try:
            found = json.loads(image.info.get("stylize") or image.info.get("comment") or "")["stylize"]
            return dict(found.items())
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise StylizeError(
                "{name} carries no settings; choose a PNG or JPEG that stylize saved.", name=Path(path).name
            ) from None


def save(image: Image.Image, path: str | os.PathLike[str], record: Mapping[str, Any]) -> None:
    """Write the picture, whole or not at all. `record`, of a Step, goes into a PNG or JPEG as JSON.

    Raises StylizeError if the ending names no picture format, or the file cannot be written.
    """
    path = Path(path)
    form = _format(path)
    options: dict[str, Any] = {}
    if form == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("stylize", json.dumps(record))
    elif form == "JPEG":
        comment = json.dumps(record)
        if len(comment) > 65_000:  # the most that a JPEG's comment can hold
            comment = json.dumps({"stylize": record["stylize"]})
        options |= {"quality": 95, "comment": comment}
    with files.replacing(path) as part:
        image.copy().save(part, format=form, **options)  # save() keeps its options in the image, which others may save


def _format(path: Path) -> str:
    Image.init()
    form = WRITTEN.get(path.suffix.lower(), "")
    if form not in Image.SAVE:
        raise StylizeError(
            "{name} names no picture format that can be written; end it in .png or .jpg.", name=path.name
        )
    return form


def check_writable(path: Path) -> None:
    """Raise StylizeError where `save` would, so that it is known before painting."""
    if not os.path.isdir(path):  # for a folder, files.check_writable has the better sentence
        _format(path)
    files.check_writable(path)
