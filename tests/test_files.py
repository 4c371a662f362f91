"""Strange files: each either works or gets one sentence that says what is wrong and what to do."""

import io
import os
import struct
import zlib

import pytest
import torch
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from stylize import Settings, StylizeError, stylize
from stylize.engine import painting
from stylize.pictures import images

ARROW = (60, 40)  # px, of the picture that the good files hold: red above blue, a white corner at the top left


def arrow(mode="RGB"):
    image = Image.new("RGB", ARROW, (200, 30, 30))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 20, 60, 40], fill=(30, 30, 200))
    draw.rectangle([0, 0, 12, 10], fill="white")
    return image.convert(mode)


def saved(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def turned(orientation, form="JPEG"):
    """Store the arrow as a phone does that was held so."""
    back = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90",
            7: "TRANSVERSE", 8: "ROTATE_270"}  # fmt: skip
    image = arrow().transpose(getattr(Image.Transpose, back[orientation])) if orientation > 1 else arrow()
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(image, form, exif=exif, quality=95)


def transparent(mode):
    image = arrow().convert("RGBA")
    image.putalpha(Image.new("L", ARROW, 255))
    ImageDraw.Draw(image).rectangle([30, 0, 60, 40], fill=(0, 0, 0, 0))
    return saved(image.convert(mode), "PNG")


def png_of(width, height):
    """Make a valid PNG of `width` x `height` black pixels, one bit each: a few KB however large."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row, packer = b"\0" * (1 + (width + 7) // 8), zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def animated(form):
    return saved(arrow(), form, save_all=True, append_images=[Image.new("RGB", ARROW, "green")] * 2, duration=50)


def with_text_bomb():
    info = PngImagePlugin.PngInfo()
    info.add_text("stylize", "x" * 80_000_000, zip=True)
    return saved(arrow(), "PNG", pnginfo=info)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GOOD = {
    **{f"orientation {n}": lambda n=n: turned(n) for n in range(1, 9)},
    "JPEG": lambda: saved(arrow(), "JPEG", quality=95),
    "progressive JPEG": lambda: saved(arrow(), "JPEG", quality=95, progressive=True),
    "CMYK JPEG": lambda: saved(arrow("CMYK"), "JPEG", quality=95),
    "PNG": lambda: saved(arrow(), "PNG"),
    "palette PNG": lambda: saved(arrow().quantize(16), "PNG"),
    "PNG with sRGB profile": lambda: saved(arrow(), "PNG", icc_profile=SRGB),
    "PNG with a broken profile": lambda: saved(arrow(), "PNG", icc_profile=b"no profile at all"),
    "PNG with broken EXIF": lambda: saved(arrow(), "PNG", exif=b"Exif\0\0no exif"),
    "GIF": lambda: saved(arrow(), "GIF"),
    "animated GIF": lambda: animated("GIF"),
    "animated WebP": lambda: animated("WEBP"),
    "animated PNG": lambda: animated("PNG"),
    "WebP": lambda: saved(arrow(), "WEBP", quality=95),
    "lossless WebP": lambda: saved(arrow(), "WEBP", lossless=True),
    "TIFF": lambda: saved(arrow(), "TIFF"),
    "BMP": lambda: saved(arrow(), "BMP"),
    "RGBA PNG, opaque": lambda: saved(arrow("RGBA"), "PNG"),
}
OTHER = {
    "RGBA PNG": (lambda: transparent("RGBA"), (45, 20), (255, 255, 255)),
    "grey and alpha PNG": (lambda: transparent("LA"), (45, 20), (255, 255, 255)),
    "palette PNG with transparency": (lambda: transparent("P"), (5, 30), None),
    "grey PNG": (lambda: saved(arrow("L"), "PNG"), (45, 30), (50, 50, 50)),
    "one-bit PNG": (lambda: saved(arrow("1"), "PNG"), (3, 3), (255, 255, 255)),
    "16-bit PNG": (lambda: saved(Image.new("I;16", ARROW, 40_000), "PNG"), (5, 5), (156, 156, 156)),
    "1 x 1": (lambda: saved(Image.new("RGB", (1, 1), "red"), "PNG"), (0, 0), (255, 0, 0)),
    "5000 x 1": (lambda: saved(Image.new("RGB", (5000, 1), "red"), "PNG"), (9, 0), (255, 0, 0)),
    "7000 x 7000 of 6 KB": (lambda: png_of(7000, 7000), (9, 9), (0, 0, 0)),
}
DOCUMENT = "is a document or a drawing (PDF, SVG); export it as PNG"
NONE, DAMAGED, LARGE = "is not a picture this program can read", "is damaged or cut short", "million pixels"
BAD = {
    "empty": (lambda: b"", NONE),
    "text": (lambda: b"dear diary", NONE),
    "HTML": (lambda: b"<!doctype html><img src=x>", NONE),
    "SVG": (lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', DOCUMENT),
    "PDF": (lambda: b"%PDF-1.7\n1 0 obj <<>> endobj", DOCUMENT),
    "ZIP": (lambda: b"PK\x03\x04" + b"\0" * 60, NONE),
    "EPS": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", NONE),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99, ""),
    "film": (lambda: b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + b"\0" * 99, NONE),
    "PNG, its first bytes": (lambda: saved(arrow(), "PNG")[:20], DAMAGED),
    "PNG cut short": (lambda: saved(Image.effect_noise((99, 99), 50), "PNG")[:3000], DAMAGED),
    "JPEG cut short": (lambda: saved(Image.effect_noise((99, 99), 50), "JPEG")[:900], DAMAGED),
    "WebP cut short": (lambda: saved(arrow(), "WEBP")[:60], DAMAGED),
    "GIF cut short": (lambda: saved(Image.effect_noise((99, 99), 50), "GIF")[:900], DAMAGED),
    "PNG with wrong checksums": (lambda: saved(arrow(), "PNG").replace(b"IDAT", b"IDAX", 1), DAMAGED),
    "PNG with a text bomb": (with_text_bomb, DAMAGED),
    "7300 x 7300, just above": (lambda: png_of(7300, 7300), LARGE),
}


def opened(data, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    return images.open_picture(path)


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_a_good_file_comes_out_upright_and_in_its_colours(make, tmp_path):
    image = opened(make(), tmp_path)
    assert (image.mode, image.size) == ("RGB", ARROW)
    for point, colour in (((40, 8), (200, 30, 30)), ((40, 32), (30, 30, 200)), ((3, 3), (255, 255, 255))):
        assert image.getpixel(point) == pytest.approx(colour, abs=39), point


@pytest.mark.parametrize(("make", "point", "colour"), OTHER.values(), ids=OTHER)
def test_an_unusual_file_works_too(make, point, colour, tmp_path):
    image = opened(make(), tmp_path)
    assert image.mode == "RGB"
    if colour:
        assert image.getpixel(point) == pytest.approx(colour, abs=2)


@pytest.mark.parametrize(("make", "sentence"), BAD.values(), ids=BAD)
def test_a_bad_file_is_one_sentence(make, sentence, tmp_path):
    with pytest.raises(StylizeError, match=r"^.*photo\.jpg.*\.$") as error:
        opened(make(), tmp_path)
    assert sentence in str(error.value)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_the_shape_is_told_without_decoding(form, orientation, tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(turned(orientation, form))
    assert images.shape_of(path) == ARROW == images.open_picture(path).size


def test_devices_pipes_and_folders_are_refused_at_once(tmp_path):
    if os.name == "nt":
        pytest.skip("there are none")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    (tmp_path / "folder.png").mkdir()
    for read in (images.open_picture, images.shape_of, images.read_record):
        for name, sentence in (("pipe.png", "ordinary file"), ("zero.png", "ordinary file"), ("folder.png", "folder")):
            with pytest.raises(StylizeError, match=f"{name} is (not an|a) {sentence}"):
                read(tmp_path / name)


def raising(error):
    def fail(*_):
        raise error

    return fail


OUT_OF_MEMORY = {
    "python": raising(MemoryError()),
    "cuda": raising(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")),
    "cpu": lambda *_: torch.empty(2**50),  # torch's own words for it
    "onednn": raising(RuntimeError("could not create a primitive")),
}


@pytest.mark.parametrize("fail", OUT_OF_MEMORY.values(), ids=OUT_OF_MEMORY)
def test_running_out_of_memory_is_one_sentence(fail, monkeypatch):
    monkeypatch.setattr(painting.Objective, "__call__", fail)
    with pytest.raises(StylizeError, match="ran out of memory at 64 px; choose a smaller size"):
        next(stylize(arrow(), arrow(), Settings(size=64)))


def test_another_error_that_speaks_of_memory_is_raised_as_it_is(monkeypatch):
    error = RuntimeError("required rank 4 tensor to use channels_last memory format, out of memory or not")
    monkeypatch.setattr(painting.Objective, "__call__", raising(error))
    with pytest.raises(RuntimeError, match="required rank 4"):
        next(stylize(arrow(), arrow(), Settings(size=64)))
