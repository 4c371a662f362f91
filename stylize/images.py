"""Pictures: files to PIL images to tensors and back, upright, RGB, within limits."""

import io
import json
import os
import struct
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image, ImageChops, ImageCms, ImageOps, PngImagePlugin, UnidentifiedImageError
from torch import Tensor

from .settings import SPECS, Settings, StylizeError

MAX_PIXELS = int(os.environ.get("STYLIZE_MAX_PIXELS", 50_000_000))  # of a picture as decoded
# Pillow itself only warns up to twice its limit, and whoever decodes before us (Gradio) trusts it.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
# Formats that are pixels and nothing else: Pillow would also start Ghostscript for a stranger's EPS.
Image.init()
FORMATS = tuple(Image.OPEN.keys() & {"JPEG", "MPO", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP", "PPM"})
MIN_STYLE = 16  # px: a smaller style has no strokes to learn from


def open_picture(path: str | os.PathLike[str]) -> Image.Image:
    """The picture in a file: first frame, upright, sRGB, transparency on white; mode RGB.

    Raises:
        StylizeError: it cannot be read, is no picture, is damaged, or has too many pixels.
    """
    name = Path(path).name
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.load()
            return to_rgb(image)
    except FileNotFoundError:
        raise StylizeError(f"There is no file {name}; check its name and folder.") from None
    except IsADirectoryError:
        raise StylizeError(f"{name} is a folder; name a picture in it.") from None
    except UnidentifiedImageError:
        raise StylizeError(f"{name} is not a picture this program can read; save it as JPEG or PNG.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise StylizeError(
            f"{name} has more than {MAX_PIXELS / 1e6:.0f} million pixels; make it smaller first."
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        if isinstance(error, PermissionError):
            raise StylizeError(f"{name} may not be read; check its permissions.") from None
        raise StylizeError(f"{name} is damaged or cut short; save or download it again.") from None


def shape_of(path: str | os.PathLike[str]) -> tuple[int, int]:
    """(width, height) of a picture file as it will stand, upright, without decoding it; (1, 1) where it is none."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            turned = image.getexif().get(0x0112, 1) >= 5
            return (image.height, image.width) if turned else image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return 1, 1  # open_picture will say what is wrong


def to_rgb(image: Image.Image) -> Image.Image:
    """Any PIL image as 8-bit sRGB, upright, transparency composited on white."""
    profile = image.info.get("icc_profile")
    with suppress(OSError, SyntaxError, ValueError, KeyError, struct.error):  # broken EXIF is no reason to refuse it
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits and more: the range in use, to 8 bits
        _, high = image.getextrema()
        top = 65535 if image.mode.startswith("I") and 255 < high <= 65535 else max(high, 1)  # type: ignore[operator, type-var]
        image = image.convert("F").point(lambda v: v * (255 / top)).convert("L")  # type: ignore[operator]
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if "A" in image.getbands() or "a" in image.getbands():
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    if profile and image.mode in ("RGB", "CMYK", "L", "LAB"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            image = converted or image
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile is common, and no reason to refuse a picture
    return image.convert("RGB")


def fitted(shape: tuple[int, int], size: int, square: bool = False) -> tuple[int, int]:
    """`shape` (width, height) with its longer side at `size` px, the shorter to scale and at least 1; or a square."""
    if square:
        return size, size
    k = size / max(shape)
    return max(1, round(shape[0] * k)), max(1, round(shape[1] * k))


def to_tensor(image: Image.Image, size: tuple[int, int]) -> Tensor:
    """(1, 3, height, width), float32 in [0, 1], of an RGB image resized to (width, height)."""
    resized = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)
    raw = torch.frombuffer(bytearray(resized.tobytes()), dtype=torch.uint8)
    return raw.view(1, size[1], size[0], 3).permute(0, 3, 1, 2).contiguous().float() / 255


def to_image(tensor: Tensor) -> Image.Image:
    """The RGB image of (1, 3, H, W) values, those outside [0, 1] clamped."""
    pixels = (tensor.detach()[0].clamp(0, 1) * 255).round().to("cpu", torch.uint8).permute(1, 2, 0).contiguous()
    return Image.frombytes("RGB", (pixels.shape[1], pixels.shape[0]), pixels.numpy().tobytes())


def resize(tensor: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, C, H, W) to (width, height), bicubic."""
    return F.interpolate(tensor, size=(size[1], size[0]), mode="bicubic", antialias=True)


def mask_of(strokes: list[Image.Image], size: tuple[int, int], inverted: bool) -> Image.Image | None:
    """A mask (mode L) of `size` from brush strokes, images of mode L: white where there are any, or where none are.

    None where nothing was brushed.
    """
    mask = Image.new("L", size)
    for stroke in strokes:
        mask = ImageChops.lighter(mask, stroke.resize(size, Image.Resampling.BILINEAR))
    if not mask.getbbox():
        return None
    return ImageChops.invert(mask) if inverted else mask


def keep_colors(painting: Image.Image, content: Image.Image) -> Image.Image:
    """The painting's brushwork in the content's own colours; both RGB, the content is resized.

    Luminance from the one and colour from the other: Gatys et al. 2016, "Preserving color in neural artistic style
    transfer", section 4.
    """
    colors = content.resize(painting.size, Image.Resampling.LANCZOS).convert("YCbCr").split()
    return Image.merge("YCbCr", (painting.convert("YCbCr").getchannel("Y"), *colors[1:])).convert("RGB")


def read_settings(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings that `save` wrote into a picture, as keywords for Settings, which checks them.

    Raises:
        StylizeError: it is no picture, or carries none.
    """
    none = StylizeError(f"{Path(path).name} carries no settings; choose a PNG or JPEG that stylize saved.")
    try:
        with Image.open(path, formats=FORMATS) as image:
            record = image.info.get("stylize") or image.info.get("comment") or ""
        found = json.loads(record)["stylize"]
        return {name: found[name] for name in SPECS if name in found}
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, RecursionError, Image.DecompressionBombError):
        raise none from None


def save(image: Image.Image, path: str | os.PathLike[str], settings: Settings) -> None:
    """Write the picture; a PNG or JPEG carries its settings as JSON. Nothing half-written stays behind.

    Raises:
        StylizeError: the folder does not exist or cannot be written, or the ending names no picture format.
    """
    path = Path(path)
    extra: dict[str, object] = {}
    record = json.dumps({"stylize": asdict(settings)})
    ending = path.suffix.lower()
    if ending == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_text("stylize", record)
        extra["pnginfo"] = info
    elif ending in (".jpg", ".jpeg"):
        extra = {"quality": 95, "comment": record}
    check_writable(path)
    part = path.with_name(f".{path.name}.part")
    try:
        image.save(part, format=Image.registered_extensions()[ending], **extra)  # type: ignore[arg-type]
        os.replace(part, path)
    except OSError as error:
        raise StylizeError(f"{path.name} could not be written: {error.strerror or error}.") from None
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Raises StylizeError where `save` would fail, before hours are spent on a painting."""
    if Image.registered_extensions().get(path.suffix.lower()) not in Image.SAVE:
        raise StylizeError(f"{path.name} names no picture format that can be written; end it in .png or .jpg.")
    if not path.parent.is_dir():
        raise StylizeError(f"There is no folder {path.parent} to write {path.name} to; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise StylizeError(f"The folder {path.parent} may not be written to; choose another.")
