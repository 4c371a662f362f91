"""Read and write picture files."""

import json
import os
import stat
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from ..environment import limit
from ..errors import StylizeError
from . import files, mend
from .decode import to_mask as to_mask
from .decode import to_rgb as to_rgb

with suppress(ImportError):  # the extra "heif": photos as iPhones store them
    from pillow_heif import register_heif_opener

    register_heif_opener()

MAX_PIXELS = limit("MAX_PIXELS", 50_000_000)  # of a picture as decoded
# Pillow raises above twice its limit, and only warns below; Gradio decodes with no limit but this.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
PngImagePlugin.MAX_TEXT_CHUNK = 16 << 20  # bytes; Photoshop writes colour profiles and histories of several MB
WRITTEN = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF",
           ".avif": "AVIF", ".gif": "GIF", ".bmp": "BMP", ".ppm": "PPM"}  # fmt: skip
# The formats that are read: those that are written, and what phones make. Not all that Pillow knows: for an EPS it
# would start Ghostscript.
Image.init()
FORMATS = tuple(Image.OPEN.keys() & {*WRITTEN.values(), "MPO", "HEIF"})
HEIC = b"heic heix heim heis hevc hevx mif1 msf1".split()  # brands of HEIC files, in their bytes 8 to 12
LARGEST = 8192  # px: pictures are reduced to twice what can be painted


def open_picture(path: str | os.PathLike[str], side: int | None = LARGEST) -> Image.Image:
    """The picture in a file: first frame, upright, sRGB, transparency on white; mode RGB.

    It is reduced to an area of `side` x `side` px at most; None: not reduced.

    Raises:
        StylizeError: the file cannot be read, is no picture, is damaged, or has more than MAX_PIXELS.
    """
    return _read(path, side, to_rgb)


def open_mask(path: str | os.PathLike[str], side: int | None = LARGEST) -> Image.Image:
    """The mask in a file, mode L, see to_mask; reduced, and raising, as open_picture."""
    return _read(path, side, to_mask)


def check_readable(path: str | os.PathLike[str]) -> None:
    """Raises StylizeError where the file's beginning is no picture's."""
    with _opened(path):
        pass


def shape_of(path: str | os.PathLike[str]) -> tuple[int, int]:
    """(width, height) of a picture file, turned upright, without decoding it; (1, 1) where it is no picture."""
    try:
        with _opened(path) as image:
            # A TIFF tells its size as turned already.
            turned = image.format != "TIFF" and image.getexif().get(0x0112) in (5, 6, 7, 8)
            return (image.height, image.width) if turned else image.size
    except Exception:
        return 1, 1  # open_picture raises what is wrong


def _read(path: str | os.PathLike[str], side: int | None, convert: Callable[[Image.Image], Image.Image]) -> Image.Image:
    with _opened(path) as image:
        k = min(1.0, side / (image.width * image.height) ** 0.5) if side else 1.0
        wanted = max(1, round(k * image.width)), max(1, round(k * image.height))
        upright = convert(mend.load(image, path, wanted if k < 1 else None))
        if k < 1:
            turned = (upright.width > upright.height) != (image.width > image.height)
            upright.thumbnail(wanted[::-1] if turned else wanted, Image.Resampling.LANCZOS)
        return upright


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Image.Image]:
    """A picture file with its header read. What fails here or in the block is raised as StylizeError."""
    name = Path(path).name or str(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise StylizeError("{name} is a folder; name a picture in it.", name=name)
        if not stat.S_ISREG(mode):  # a device or a pipe may never end
            raise StylizeError("{name} is not an ordinary file; save the picture to one first.", name=name)
        with mend.opened(path, FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            yield image
    except StylizeError:
        raise
    except FileNotFoundError:
        raise StylizeError("There is no file {name}; check its name and folder.", name=name) from None
    except PermissionError:
        raise StylizeError("{name} may not be read; check its permissions.", name=name) from None
    except UnidentifiedImageError:
        raise _unidentified(path) from None
    except Image.DecompressionBombError:
        raise StylizeError(
            "{name} has more than {megapixels} million pixels; make it smaller first.",
            name=name,
            megapixels=round(MAX_PIXELS / 1e6),
        ) from None
    except MemoryError:
        raise StylizeError("There is not enough memory to open {name}; make it smaller first.", name=name) from None
    except Exception:  # a decoder may raise anything
        raise StylizeError("{name} is damaged or cut short; save or download it again.", name=name) from None


def _unidentified(path: str | os.PathLike[str]) -> StylizeError:
    name = Path(path).name
    with open(path, "rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:] in HEIC and "HEIF" not in FORMATS:
        return StylizeError(
            "{name} is a HEIC picture, which needs pillow-heif; install that, or save it as JPEG.", name=name
        )
    return StylizeError("{name} is not a picture this program can read; save it as JPEG or PNG.", name=name)


def read_record(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings that `save` wrote into a picture, as a dict; Settings.known picks the fields it has.

    Raises:
        StylizeError: the file is no picture, or has no settings inside.
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

    Raises:
        StylizeError: the ending names no picture format, or the file cannot be written.
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
        image.save(part, format=form, **options)


def _format(path: Path) -> str:
    form = WRITTEN.get(path.suffix.lower())
    if form not in Image.SAVE:
        raise StylizeError(
            "{name} names no picture format that can be written; end it in .png or .jpg.", name=path.name
        )
    return str(form)


def check_writable(path: Path) -> None:
    """Raises StylizeError where `save` would, so that it is known before painting."""
    if not os.path.isdir(path):  # else files.check_writable has the better sentence
        _format(path)
    files.check_writable(path)
