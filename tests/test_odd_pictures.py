"""Pictures of unusual kinds come out as they look, or are refused in one sentence; masks as they are meant."""

import struct
import sys
import zlib

import numpy
import pytest
from PIL import Image, PngImagePlugin

from stylize import StylizeError, process
from stylize.cli import paint
from stylize.pictures import decode, hdr, images

from .conftest import SHARED
from .test_files import SRGB, saved

RAMP = numpy.tile(numpy.linspace(0, 1, 64), (48, 1))  # dark at the left, bright at the right
RED = (200, 30, 30)


def tiff(array, packed=False, **tags):
    """Make a TIFF of (height, width) or (height, width, channels) values, as scientific programs write them.

    `tags`: numbers with a t before them, and a value.
    """
    order, channels = ">" if array.dtype.byteorder == ">" else "<", array.shape[2] if array.ndim == 3 else 1
    data = zlib.compress(array.tobytes()) if packed else array.tobytes()
    entries = {256: [array.shape[1]], 257: [array.shape[0]], 258: [array.dtype.itemsize * 8] * channels,
               259: [8 if packed else 1], 262: [2 if channels > 2 else 1], 273: [8], 277: [channels],
               278: [array.shape[0]], 279: [len(data)],
               339: [{"u": 1, "i": 2, "f": 3}[array.dtype.kind]] * channels}  # fmt: skip
    entries |= {int(tag[1:]): [value] for tag, value in tags.items()}
    rows, more, start = b"", b"", 8 + len(data) + 2 + 12 * len(entries) + 4
    for tag, values in sorted(entries.items()):
        value = struct.pack(f"{order}{len(values)}I", *values)
        if len(values) > 1:
            more, value = more + value, struct.pack(order + "I", start + len(more))
        rows += struct.pack(order + "HHI", tag, 4, len(values)) + value
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8 + len(data))
    return head + data + struct.pack(order + "H", len(entries)) + rows + b"\0" * 4 + more


def is_ramp(image):
    """Return whether it grows evenly from dark at the left to bright at the right."""
    row = numpy.asarray(image.convert("L").resize((64, 48)))[24].astype(float)
    return numpy.abs(row - numpy.linspace(0, 255, 64)).max() < 6


# ---- depth

DEEP = {
    "16 bits": (RAMP * 65535).astype("<u2"),
    "16 bits, big-endian": (RAMP * 65535).astype(">u2"),
    "12 bits in 16": (RAMP * 4095).astype("<u2"),
    "10 bits in 16, big-endian": (RAMP * 1023).astype(">u2"),
    "8 bits in 16": (RAMP * 255).astype("<u2"),
    "16 bits, three channels": numpy.stack([(RAMP * 65535).astype("<u2")] * 3, -1),
}
RARE = {  # Pillow would refuse these, or read them wrong
    "32 bits": ((RAMP * (2**32 - 1)).astype("<u4"), {}),
    "signed": ((RAMP * 32767).astype("<i2"), {}),
    "float": (RAMP.astype("<f4"), {}),
    "16 bits, 0 is white": ((RAMP * 65535).astype("<u2"), {"t262": 0}),
    "16 bits, channels apart": (numpy.stack([(RAMP * 65535).astype("<u2")] * 3, -1), {"t284": 2}),
    "16 bits, grey and opacity": (numpy.stack([(RAMP * 65535).astype("<u2")] * 2, -1), {"t338": 2}),
    "a camera raw's preview": ((RAMP * 255).astype("u1"), {"t254": 1}),
}


@pytest.fixture
def reread(tmp_path):
    """Write a picture or bytes to a file and open it."""

    def reread(image, form="PNG", side=None, **options):
        (tmp_path / "a.png").write_bytes(image if isinstance(image, bytes) else saved(image, form, **options))
        return images.open_picture(tmp_path / "a.png", side)

    return reread


@pytest.mark.parametrize("array", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("packed", [False, True])
def test_deep_pictures_keep_their_shades(array, packed, reread):
    assert is_ramp(reread(tiff(array, packed)))


@pytest.mark.parametrize(("array", "tags"), RARE.values(), ids=RARE)
def test_a_rare_tiff_is_refused_and_not_read_wrong(array, tags, reread):
    with pytest.raises(StylizeError, match=r"a\.png is a rare kind of TIFF"):
        reread(tiff(array, **tags))


def test_grey_of_8_bits_of_which_0_is_white_is_no_negative(reread):
    assert is_ramp(reread(tiff(((1 - RAMP) * 255).astype("u1"), t262=0)))


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "F"])
def test_an_image_in_memory_may_be_deep(mode):
    grey = Image.fromarray((RAMP * 65535).astype("i4")).convert(mode)
    assert is_ramp(decode.to_rgb(grey))


# ---- colour


def grey_profile(gamma=1.0):
    """Make an ICC profile for grey values; with gamma 1, 55 is the middle grey that sRGB has at 128."""
    curve = struct.pack(">4sIIHxx", b"curv", 0, 1, round(gamma * 256))
    white = struct.pack(">4sI3i", b"XYZ ", 0, 63190, 65536, 54061)
    text = b"desc" + struct.pack(">II", 0, 2) + b"g\0" + bytes(78)
    parts, table, at = [(b"wtpt", white), (b"kTRC", curve), (b"desc", text)], b"", 128 + 4 + 3 * 12
    for name, part in parts:
        table += name + struct.pack(">II", at, len(part))
        at += len(part)
    body = struct.pack(">I", 3) + table + b"".join(part for _, part in parts)
    head = struct.pack(">I4sI4s4s4s", 128 + len(body), b"lcms", 0x02200000, b"mntr", b"GRAY", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + body


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA"])
def test_a_grey_profile_counts_whatever_the_mode(mode, reread):
    read = reread(Image.new("L", (20, 10), 55).convert(mode), icc_profile=grey_profile())
    assert read.getpixel((5, 5)) == pytest.approx((128,) * 3, abs=2)


def test_a_grey_profile_takes_no_colours_away(reread):
    assert reread(Image.new("RGB", (20, 10), RED), icc_profile=grey_profile()).getpixel((5, 5)) == RED


def wide_gamut():
    """Make a profile like sRGB's with a red beyond sRGB's."""
    raw = bytearray(SRGB)
    for n in range(int.from_bytes(raw[128:132], "big")):
        tag, at = raw[132 + 12 * n :][:4], int.from_bytes(raw[136 + 12 * n :][:4], "big")
        if tag == b"rXYZ":
            raw[at + 8 : at + 20] = struct.pack(">3i", *(round(v * 65536) for v in (0.61, 0.31, 0.02)))
    return bytes(raw)


def test_a_colour_profile_counts_whatever_the_mode_and_is_applied_once(reread):
    picture = Image.new("RGB", (20, 10), (90, 140, 60))
    read = reread(picture, icc_profile=wide_gamut())
    want = read.getpixel((5, 5))
    assert abs(want[0] - 90) > 10
    assert "icc_profile" not in read.info  # or a copy would carry it, and it would count twice
    assert reread(picture.quantize(4), icc_profile=wide_gamut()).getpixel((5, 5)) == want
    picture.putalpha(128)  # half of it on white, as browsers show it
    read = reread(picture, icc_profile=wide_gamut())
    assert read.getpixel((5, 5)) == pytest.approx([(value + 255) / 2 for value in want], abs=2)


def pq_of(nits):
    """Encode a luminance as PQ, 0 to 1."""
    y = (nits / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


@pytest.mark.parametrize("kind", ["PQ", "HLG"])
def test_hdr_has_the_contrast_of_other_pictures(kind, tmp_path):
    pytest.importorskip("pillow_heif")
    from pillow_heif import from_pillow

    white = round(255 * (pq_of(203) if kind == "PQ" else 0.75))
    image = Image.new("RGB", (128, 64))
    image.paste((white,) * 3, (64, 0, 128, 64))
    options = {"color_primaries": 9, "transfer_characteristics": getattr(hdr, kind), "matrix_coefficients": 9}
    from_pillow(image).save(tmp_path / "a.heic", quality=90, **options)
    read = images.open_picture(tmp_path / "a.heic")
    assert max(read.getpixel((20, 30))) < 8
    assert min(read.getpixel((100, 30))) > 235
    from_pillow(image).save(tmp_path / "b.heic", quality=90)
    assert max(images.open_picture(tmp_path / "b.heic").getpixel((100, 30))) < white + 4


@pytest.mark.skipif(not (SHARED / "cases").is_dir(), reason="needs ../shared/cases")
def test_an_hdr_avif_is_tone_mapped():
    assert numpy.asarray(images.open_picture(SHARED / "cases" / "pq.avif"), float).std() == pytest.approx(40, abs=2)


# ---- what is returned


@pytest.mark.parametrize(("read", "mode"), [(decode.to_rgb, "RGB"), (decode.to_mask, "L")])
def test_what_is_returned_is_never_the_callers_image(read, mode):
    given = Image.new(mode, (8, 8), "white")
    given.info["icc_profile"] = b"theirs"
    read(given).paste("black", (0, 0, 8, 8))
    assert given.tobytes() == Image.new(mode, (8, 8), "white").tobytes()
    assert given.info == {"icc_profile": b"theirs"}


# ---- transparency


def test_a_white_logo_gets_a_dark_background_which_is_said():
    logo = Image.new("RGBA", (40, 20), (255, 255, 255, 0))
    logo.paste((255, 255, 255, 255), (0, 0, 10, 20))
    read = decode.to_rgb(logo)
    assert read.getpixel((3, 3)) == (255, 255, 255)
    assert max(read.getpixel((30, 3))) < 60
    assert [str(note) for note in read.info["notes"]] == [
        "The picture is white on transparency, so it was put on a dark background."
    ]
    logo.paste((30, 60, 200, 255), (0, 0, 5, 20))  # what is seen has colours: white, as browsers have it
    for other in (logo, Image.new("RGBA", (40, 20), "white"), Image.new("RGBA", (40, 20), (255, 255, 255, 200))):
        read = decode.to_rgb(other)
        assert read.getpixel((30, 3)) == (255, 255, 255)
        assert read.info["notes"] == []


def test_the_command_line_prints_what_was_noted(tmp_path, capsys):
    Image.new("RGB", (40, 40)).save(tmp_path / "a.png")
    paint._open(tmp_path / "a.png", None)
    assert capsys.readouterr().err.startswith("stylize: a.png: The picture has only 40 x 40 px")


@pytest.mark.parametrize(("mode", "key", "other"), [("RGB", (255, 0, 255), (10, 20, 30)), ("L", 77, 10), ("1", 255, 0)])
def test_a_colour_key_is_transparent(mode, key, other, reread):
    image = Image.new(mode, (20, 20), other)
    image.paste(key, (0, 0, 10, 20))
    read = reread(image, transparency=key if mode != "1" else 1)
    assert read.getpixel((3, 3)) == (255, 255, 255)
    assert read.getpixel((15, 3)) == Image.new(mode, (1, 1), other).convert("RGB").getpixel((0, 0))


@pytest.mark.parametrize("profile", [None, SRGB + numpy.random.default_rng(0).bytes(3_000_000)], ids=["XMP", "ICC"])
def test_a_png_with_a_large_profile_or_text_is_read(profile, reread, monkeypatch):
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", process.MAX_PNG_TEXT)  # as configure_process does
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", "<x>" + "é" * 1_500_000, zip=True)
    read = reread(Image.new("RGB", (30, 20), RED), pnginfo=info, icc_profile=profile)
    assert read.getpixel((5, 5)) == pytest.approx(RED, abs=4)


# ---- several pictures in one file


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_of_several_frames_or_pages_the_first_is_painted_which_is_said(form, reread):
    if form not in Image.SAVE:
        pytest.skip("this Pillow lacks it")
    first, *others = (Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue"))
    read = reread(first, form, save_all=True, append_images=others)
    assert read.getpixel((9, 9)) == pytest.approx((255, 0, 0), abs=4)
    assert "The file has several frames or pages; only the first is painted." in map(str, read.info["notes"])
    assert reread(first, form).info["notes"] == []


@pytest.mark.parametrize(
    ("shape", "side", "small"), [((40, 40), 256, True), ((64, 3), 256, False), ((640, 480), 32, False)]
)
def test_a_picture_too_small_for_strokes_is_said(shape, side, small, reread):
    notes = map(str, reread(Image.new("RGB", shape, "teal"), side=side).info["notes"])
    assert any(f"only {shape[0]} x {shape[1]} px" in note for note in notes) == small


def test_the_first_picture_of_an_mpo_is_the_photo(reread):
    small, photo = Image.new("RGB", (32, 24), "blue"), Image.new("RGB", (64, 48), "red")
    read = reread(photo, "MPO", side=24, save_all=True, append_images=[small])
    assert read.size == (28, 21)
    assert read.getpixel((9, 9))[0] > 250


# ---- masks


def test_a_mask_is_brightness_times_opacity():
    white_on_clear = Image.new("RGBA", (20, 10), (255, 255, 255, 0))
    white_on_clear.paste((255, 255, 255, 255), (0, 0, 10, 10))
    assert [decode.to_mask(white_on_clear).getpixel((x, 5)) for x in (5, 15)] == [255, 0]
    assert decode.to_mask(Image.new("LA", (4, 4), (128, 128))).getpixel((0, 0)) == 64
    assert decode.to_mask(Image.new("RGB", (4, 4), "white")).getpixel((0, 0)) == 255


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "I", "F"])
def test_a_mask_of_0_and_1_paints_where_it_is_1(mode):
    half = numpy.repeat([[0, 1]], 10, axis=1).repeat(10, axis=0)
    mask = Image.fromarray(half.astype({"1": bool, "I;16": "u2", "I": "i4", "F": "f4"}.get(mode, "u1")))
    if mode == "P":
        mask.putpalette([v for n in range(256) for v in (n, n, n)])
    assert mask.mode == mode
    small = decode.to_mask(mask, side=7)  # reduced after that, not before
    assert small.size == (10, 5)
    assert [small.getpixel((x, 2)) for x in (0, 9)] == [0, 255]


def test_a_mask_is_turned_as_its_photo(tmp_path):
    mask = Image.new("L", (40, 20))
    mask.paste(255, (0, 0, 20, 20))
    (exif := Image.Exif())[0x0112] = 6
    mask.save(tmp_path / "a.png", exif=exif)
    read = images.open_mask(tmp_path / "a.png")
    assert read.size == (20, 40)
    assert [read.getpixel((10, y)) for y in (5, 35)] == [255, 0]


@pytest.mark.parametrize(
    ("value", "side", "said"),
    [(0, 100, "0 of 255, and 0 %"), (20, 100, r"20 of 255, and 7\.8 %"), (255, 1, r"255 of 255, and 0\.01 %")],
    ids=["black", "of numbers of classes", "of one pixel"],
)
def test_a_mask_that_selects_next_to_nothing_is_refused_with_what_was_seen(value, side, said, tmp_path):
    mask = Image.new("L", (100, 100))
    mask.paste(value, (0, 0, side, side))
    mask.save(tmp_path / "m.png")
    with pytest.raises(StylizeError, match=f"its brightest value is {said} of it is white"):
        images.open_mask(tmp_path / "m.png")


# ---- HEIC


def test_a_heic_is_read_where_pillow_heif_is_and_else_it_is_said_what_to_install(tmp_path, monkeypatch):
    pillow_heif = pytest.importorskip("pillow_heif")
    (exif := Image.Exif())[0x0112] = 6
    photo = tmp_path / "IMG_0001.HEIC"
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), RED)).save(photo, exif=exif.tobytes())
    read = images.open_picture(photo)
    assert read.size == images.shape_of(photo)
    assert read.getpixel((5, 5)) == pytest.approx(RED, abs=12)
    (tmp_path / "b.heic").write_bytes(photo.read_bytes()[:200])
    with pytest.raises(StylizeError, match=r"b\.heic is damaged"):
        images.open_picture(tmp_path / "b.heic")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(StylizeError, match="HEIC or AVIF picture, which needs pillow-heif"):
        images.open_picture(photo)


# ---- size


@pytest.mark.parametrize(("form", "shape"), [("JPEG", (3000, 2000)), ("PNG", (2000, 1000)), ("JPEG", (40, 6000))])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_picture_is_reduced_to_what_can_be_used(form, shape, orientation, reread):
    (exif := Image.Exif())[0x0112] = orientation
    data = saved(Image.linear_gradient("L").resize(shape).convert("RGB"), form, exif=exif)
    shape = shape[:: -1 if orientation == 6 else 1]
    read = reread(data, side=200)
    assert 0.5 * 200**2 < read.width * read.height < 1.05 * 200**2
    assert read.width / read.height == pytest.approx(shape[0] / shape[1], rel=0.15)
    assert reread(data, side=None).size == reread(data, side=5000).size == shape


@pytest.mark.parametrize(("progressive", "times", "opens"), [(False, 4, True), (False, 5, False), (True, 2, False)])
def test_a_jpeg_may_be_larger_since_it_is_reduced_while_it_is_decoded(progressive, times, opens, reread, monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS", 100 * 100)
    data = saved(Image.new("RGB", (100, 100 * times)), "JPEG", progressive=progressive)
    if opens:
        assert reread(data).size == (50, 50 * times)
    else:
        with pytest.raises(StylizeError, match="million pixels"):
            reread(data)
