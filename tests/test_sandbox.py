"""Strangers' pictures are read in a child process: as elsewhere, and whatever ends the child is one sentence."""

import io
import os
import struct
import subprocess
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from stylize import StylizeError
from stylize.pictures import images, sandbox

from .test_files import png_of, saved

pytestmark = pytest.mark.skipif(not sandbox.HAS_LIMITS, reason="this system has no limits of a process")
ENDED = r"a\.png takes too much memory or time to open; make it smaller, or save it anew"


def test_it_reads_as_the_function_it_stands_for(tmp_path, photo):
    logo = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
    logo.paste((255,) * 4, (0, 0, 9, 9))
    for name, image in (("ein Foto, größer.webp", photo), ("logo.png", logo)):
        image.save(tmp_path / name)
        here, there = images.open_picture(tmp_path / name, 50), sandbox.open_untrusted(tmp_path / name, 50)
        assert (there.mode, there.size, there.tobytes()) == ("RGB", here.size, here.tobytes())
        assert list(map(str, there.info["notes"])) == list(map(str, here.info["notes"]))
    assert sandbox.shape_untrusted(tmp_path / "logo.png") == logo.size
    images.save(photo, tmp_path / "painted.png", {"stylize": {"size": 64}})
    assert sandbox.record_untrusted(tmp_path / "painted.png") == {"size": 64}


def test_its_sentences_are_those_of_the_function(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").write_bytes(b"text")
    with pytest.raises(StylizeError, match="not a picture this program can read") as error:
        sandbox.open_untrusted(tmp_path / "a.jpg")
    assert error.value.template.startswith("{name} is not a picture")
    monkeypatch.setattr(sandbox, "HAS_LIMITS", False)  # in this process
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    with pytest.raises(StylizeError, match="not a picture this program can read"):
        sandbox.open_untrusted(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("name", "value"),
    [("sandbox.MEMORY", 5_000_000), ("sandbox.CPU_SECONDS", 0), ("sandbox.SECONDS", 0.001),
     ("sys.executable", "/bin/false"), ("sys.executable", "/nowhere/python")],
    ids=["memory", "processor time", "time", "a crash", "a failed start"],
)  # fmt: skip
def test_a_child_that_is_ended_is_one_sentence(name, value, tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(png_of(4000, 4000))
    monkeypatch.setattr(f"stylize.pictures.{name}" if name.startswith("sandbox") else name, value)
    ended = "There is not enough memory to open a.png" if "MEMORY" in name else ENDED
    with pytest.raises(StylizeError, match=ended):
        sandbox.open_untrusted(tmp_path / "a.png")


def test_a_shape_is_read_once(photo_file, monkeypatch, photo):
    assert sandbox.shape_untrusted(photo_file) == photo.size
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    os.utime(photo_file)
    assert sandbox.shape_untrusted(photo_file) == photo.size


def test_a_preview_is_made_of_what_browsers_cannot_show(tmp_path, photo, photo_file):
    assert sandbox.preview(photo_file) is None
    photo.save(tmp_path / "a.tif")
    with Image.open(io.BytesIO(sandbox.preview(tmp_path / "a.tif", side=30) or b"")) as shown:
        assert (shown.format, shown.size) == ("JPEG", (37, 24))


# ---- files made to take memory or time


def tiff_of(*tags, data=b"x"):
    """Make a TIFF of 1 x 1 px; tags are (number, kind, count, value)."""
    first = [(256, 4, 1, 1), (257, 4, 1, 1), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1)]
    tags = sorted([*first, *tags], key=lambda tag: tag[0])
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def tags_that_share_bytes():
    return tiff_of(*((40_000 + n, 7, 1_900_000, 8) for n in range(600)), data=bytes(2_000_000))


def exif_of_tags():
    return saved(SMALL, "WEBP", exif=b"Exif\0\0" + tags_that_share_bytes())


def huge_tile():
    data = zlib.compress(bytes(128 * 128))
    sides = (322, 4, 1, 60_000), (323, 4, 1, 60_000)
    return tiff_of(*sides, (324, 4, 1, 8), (325, 4, 1, len(data)), data=data)


def many_scans():
    """Repeat the last scan of a JPEG; each is a pass over all its pixels."""
    data = saved(Image.new("L", (4000, 4000)), "JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    return data[:-2] + data[at:-2] * 20_000 + data[-2:]


def large_profile():
    data, profile = png_of(10, 10), b"iCCPx\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(profile) - 4) + profile + struct.pack(">I", zlib.crc32(profile))
    return data[:33] + chunk + data[33:]


def large_webp():
    data = bytearray(saved(SMALL, "WEBP", lossless=True))
    data[21:25] = (16382 | 16382 << 14).to_bytes(4, "little")  # width and height less 1
    return bytes(data)


SMALL = Image.new("RGB", (9, 9))
BOMBS = {
    "PNG of 400 megapixels": lambda: png_of(20_000, 20_000),
    "PNG with a large profile": large_profile,
    "GIF of 4000 megapixels": lambda: saved(Image.new("P", (9, 9)), "GIF").replace(b"\t\0\t\0", b"\xff\xff\xff\xff", 1),
    "WebP of 268 megapixels": large_webp,
    "TIFF tags that share bytes": tags_that_share_bytes,
    "TIFF of a huge tile": huge_tile,
    "EXIF tags that share bytes": exif_of_tags,
    "JPEG of 20,000 scans": many_scans,
    "PGM of 3600 megapixels": lambda: b"P5 60000 60000 255\n" + bytes(99),
}


@pytest.mark.parametrize("make", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_at_once_or_comes_to_nothing(make, tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)
    (tmp_path / "a.png").write_bytes(make())
    begun = sum(os.times()[2:4])
    read = sandbox.shape_untrusted if make is exif_of_tags else sandbox.open_untrusted
    with suppress(StylizeError):
        assert read(tmp_path / "a.png")
    assert sum(os.times()[2:4]) - begun < 2  # seconds of the child's processor time
