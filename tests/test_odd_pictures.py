"""Sound pictures of unusual kinds come out as they look, masks as they are meant, large ones small."""

import io
import struct
import subprocess
import sys
import zlib

import numpy
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from stylize import StylizeError
from stylize.pictures import images

from .conftest import SHARED
from .test_files import png_of

RAMP = numpy.tile(numpy.linspace(0, 1, 64), (48, 1))  # dark at the left, bright at the right


def tiff(array, path, **tags):
    """An uncompressed TIFF of one channel, as scientific programs write them."""
    kinds = {"u": 1, "i": 2, "f": 3}
    order = ">" if array.dtype.byteorder == ">" else "<"
    data = array.tobytes()
    entries = {256: (4, array.shape[1]), 257: (4, array.shape[0]), 258: (3, array.dtype.itemsize * 8), 259: (3, 1),
               262: (3, 1), 273: (4, 8), 277: (3, 1), 278: (4, array.shape[0]), 279: (4, len(data)),
               339: (3, kinds[array.dtype.kind])}  # fmt: skip
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8 + len(data))
    rows = []
    for tag, (kind, value) in sorted(entries.items()):
        rows.append(struct.pack(order + ("HHIHH" if kind == 3 else "HHII"), tag, kind, 1, value, *[0] * (kind == 3)))
    path.write_bytes(head + data + struct.pack(order + "H", len(rows)) + b"".join(rows) + b"\0" * 4)


def is_ramp(image):
    """True where it is dark at the left, bright at the right, and even between."""
    row = numpy.asarray(image.convert("L").resize((64, 48)))[24].astype(float)
    return numpy.abs(row - numpy.linspace(0, 255, 64)).max() < 6


DEEP = {
    "16 bits, little-endian": (RAMP * 65535).astype("<u2"),
    "16 bits, big-endian": (RAMP * 65535).astype(">u2"),
    "12 bits in 16": (RAMP * 4095).astype("<u2"),
    "12 bits in 16, big-endian": (RAMP * 4095).astype(">u2"),
    "10 bits in 16": (RAMP * 1023).astype("<u2"),
    "8 bits in 16": (RAMP * 255).astype("<u2"),
    "32 bits unsigned": (RAMP * (2**32 - 1)).astype("<u4"),
    "32 bits signed": (RAMP * (2**31 - 1)).astype("<i4"),
    "32 bits unsigned, 16 in use": (RAMP * 65535).astype("<u4"),
    "32 bits unsigned, 8 in use": (RAMP * 255).astype("<u4"),
    "16 bits signed": (RAMP * 32767).astype("<i2"),
    "16 bits signed, big-endian": (RAMP * 32767).astype(">i2"),
    "32 bits unsigned, big-endian": (RAMP * (2**32 - 1)).astype(">u4"),
    "float of 64 bits": RAMP.astype("<f8"),
    "float of 64 bits, big-endian": RAMP.astype(">f8"),
    "float, to 1": RAMP.astype("<f4"),
    "float, to 255": (RAMP * 255).astype("<f4"),
    "float, to 65535": (RAMP * 65535).astype("<f4"),
    "float, big-endian": RAMP.astype(">f4"),
}


@pytest.mark.parametrize("array", DEEP.values(), ids=DEEP)
def test_deep_pictures_keep_their_shades(array, tmp_path):
    tiff(array, tmp_path / "a.tif")
    assert is_ramp(images.open_picture(tmp_path / "a.tif"))
    assert images.shape_of(tmp_path / "a.tif") == (64, 48)


@pytest.mark.parametrize("odd", [numpy.nan, numpy.inf, -numpy.inf, 1e30])
def test_a_few_odd_floats_change_nothing_else(odd, tmp_path):
    array = RAMP.astype("<f4").copy()
    array[0, :5] = odd
    tiff(array, tmp_path / "a.tif")
    assert is_ramp(images.open_picture(tmp_path / "a.tif"))
    light = images.open_picture(tmp_path / "a.tif").getpixel((0, 0))
    assert light == ((255,) * 3 if odd > 0 else (0,) * 3)
    tiff(numpy.full((4, 4), odd, "<f4"), tmp_path / "b.tif")
    assert images.open_picture(tmp_path / "b.tif").size == (4, 4)


def test_a_sixteen_bit_colour_key_is_transparent(tmp_path):
    array = (RAMP * 60000).astype("<u2")
    array[:, :20] = 12345
    image = Image.fromarray(array)
    image.save(tmp_path / "a.png", transparency=12345)
    read = images.open_picture(tmp_path / "a.png")
    assert read.getpixel((5, 5)) == (255, 255, 255)
    assert read.getpixel((25, 5))[0] < 130


@pytest.mark.parametrize(("mode", "key", "other"), [("RGB", (255, 0, 255), (10, 20, 30)), ("L", 77, 10), ("1", 0, 255)])
def test_a_colour_key_is_transparent(mode, key, other, tmp_path):
    image = Image.new(mode, (20, 20), other)
    image.paste(key, (0, 0, 10, 20))
    image.save(tmp_path / "a.png", transparency=key if mode != "1" else 0)
    read = images.open_picture(tmp_path / "a.png")
    assert read.getpixel((3, 3)) == (255, 255, 255)
    assert read.getpixel((15, 3)) == Image.new(mode, (1, 1), other).convert("RGB").getpixel((0, 0))


def wide_gamut():
    """A profile like sRGB's, with another red: (1, 0, 0) of it is beyond sRGB's."""
    raw = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for n in range(int.from_bytes(raw[128:132], "big")):
        tag, at = raw[132 + 12 * n :][:4], int.from_bytes(raw[136 + 12 * n :][:4], "big")
        if tag == b"rXYZ":
            raw[at + 8 : at + 20] = struct.pack(">3i", *(round(v * 65536) for v in (0.61, 0.31, 0.02)))
    return bytes(raw)


@pytest.mark.parametrize("mode", ["P", "RGBA"])
def test_a_profile_counts_whatever_the_mode(mode, tmp_path):
    picture = Image.new("RGB", (20, 10), (90, 140, 60))
    picture.save(tmp_path / "rgb.png", icc_profile=wide_gamut())
    want = images.open_picture(tmp_path / "rgb.png").getpixel((5, 5))
    assert abs(want[0] - 90) > 10
    other = picture.quantize(4) if mode == "P" else picture.convert(mode)
    other.save(tmp_path / "a.png", icc_profile=wide_gamut())
    assert images.open_picture(tmp_path / "a.png").getpixel((5, 5)) == want
    if mode == "RGBA":  # half of it on white, as browsers show it
        other.putalpha(128)
        other.save(tmp_path / "a.png", icc_profile=wide_gamut())
        read = images.open_picture(tmp_path / "a.png").getpixel((5, 5))
        assert max(abs(a - (b + 255) / 2) for a, b in zip(read, want, strict=True)) < 2


def large_chunk(kind):
    image, options = Image.new("RGB", (30, 20), (200, 30, 30)), {}
    if kind == "ICC":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        options["icc_profile"] = profile + numpy.random.default_rng(0).bytes(3_000_000)
    else:
        info = PngImagePlugin.PngInfo()
        if kind == "XMP":
            info.add_itxt("XML:com.adobe.xmp", "<x>" + "é" * 1_500_000, zip=True)
        elif kind == "text":
            info.add_text("Comment", "word " * 900_000)
        else:
            info.add_text("Comment", "word " * 900_000, zip=True)
        options["pnginfo"] = info
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["ICC", "XMP", "text", "compressed text"])
def test_a_png_with_a_large_profile_or_text_is_read(kind, tmp_path):
    (tmp_path / "a.png").write_bytes(large_chunk(kind))
    read = images.open_picture(tmp_path / "a.png").getpixel((5, 5))
    assert max(abs(a - b) for a, b in zip(read, (200, 30, 30), strict=True)) < 4


@pytest.mark.skipif(not (SHARED / "cases").is_dir(), reason="the cases are not here")
def test_the_cases_that_were_reported():
    cases = SHARED / "cases"
    key = Image.open(cases / "trns_rgb.png")
    read = images.open_picture(cases / "trns_rgb.png")
    where = numpy.argwhere((numpy.asarray(key) == key.info["transparency"]).all(-1))
    assert len(where)
    assert (numpy.asarray(read)[tuple(where.T)] == 255).all()
    grey = numpy.asarray(images.open_picture(cases / "g16be.tif"), float)
    deep = numpy.asarray(Image.open(cases / "g16be.tif"), float)
    assert numpy.corrcoef(grey[..., 0].ravel(), deep.ravel())[0, 1] > 0.999
    assert grey.max() > 100
    images.open_picture(cases / "f32nan.tif")
    mask = images.open_mask(cases / "mask_white_on_clear.png")
    alpha = Image.open(cases / "mask_white_on_clear.png").getchannel("A")
    assert mask.tobytes() == alpha.tobytes()


# ---- what Pillow refuses, or reads wrong


def channels_tiff(array, path, opacity=None, apart=False, grey_is=1, packed=False):
    """A TIFF of several channels, (height, width, channels); `opacity`: what the last is, by TIFF's numbers."""
    order, count = ">" if array.dtype.byteorder == ">" else "<", array.shape[2]
    data = numpy.moveaxis(array, 2, 0).tobytes() if apart else array.tobytes()
    data = zlib.compress(data) if packed else data
    entries = {256: [array.shape[1]], 257: [array.shape[0]], 258: [array.dtype.itemsize * 8] * count,
               259: [8 if packed else 1], 262: [2 if count > 2 else grey_is], 277: [count], 278: [array.shape[0]],
               284: [1 + apart], 339: [1] * count}  # fmt: skip
    entries |= {338: [opacity]} if opacity is not None else {}
    pieces = count if apart else 1
    entries[273] = [8 + n * len(data) // pieces for n in range(pieces)]
    entries[279] = [len(data) // pieces] * pieces
    rows, more, start = b"", b"", 8 + len(data) + 2 + 12 * len(entries) + 4
    for tag, values in sorted(entries.items()):
        packed_values = struct.pack(f"{order}{len(values)}I", *values)
        if len(values) > 1:
            more, packed_values = more + packed_values, struct.pack(order + "I", start + len(more))
        rows += struct.pack(order + "HHI", tag, 4, len(values)) + packed_values
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8 + len(data))
    path.write_bytes(head + data + struct.pack(order + "H", len(entries)) + rows + b"\0" * 4 + more)


def test_others_who_use_pillow_have_its_own(tmp_path):
    """What is read here beyond Pillow's own kinds would come out as noise there."""
    path = tmp_path / "a.tif"
    channels_tiff((numpy.stack([RAMP, RAMP], -1) * 65535).astype("<u2"), path, 2)
    program = """
import sys
from PIL import Image, TiffImagePlugin
before = dict(TiffImagePlugin.OPEN_INFO)
from stylize.pictures import images
images.open_picture(sys.argv[1])
assert TiffImagePlugin.OPEN_INFO == before
try:
    Image.open(sys.argv[1])
except Image.UnidentifiedImageError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["<u2", ">u2", "u1"])
@pytest.mark.parametrize("opacity", [0, 1, 2])
def test_grey_with_opacity_is_read_at_any_depth(kind, opacity, packed, tmp_path):
    """`opacity`: 0 some other channel, which is left out; 1 multiplied into the grey; 2 not so."""
    white = numpy.iinfo(kind).max
    alpha = numpy.ones_like(RAMP)
    alpha[:12] = 0.5
    grey = RAMP * alpha if opacity == 1 else RAMP
    channels_tiff((numpy.stack([grey, alpha], -1) * white).astype(kind), tmp_path / "a.tif", opacity, packed=packed)
    read = images.open_picture(tmp_path / "a.tif")
    assert is_ramp(read)
    top = read.crop((0, 0, 64, 11)).convert("L").resize((64, 48))
    if opacity == 0:
        assert is_ramp(top)
    else:  # half of it, on white
        expected = numpy.linspace(127.5, 255, 64)
        assert numpy.abs(numpy.asarray(top)[24].astype(float) - expected).max() < 6
    assert images.shape_of(tmp_path / "a.tif") == (64, 48)


@pytest.mark.parametrize("kind", ["<u2", ">u2"])
def test_a_deep_picture_with_its_channels_apart_is_read(kind, tmp_path):
    array = numpy.stack([RAMP * 65535] * 3, -1).astype(kind)
    channels_tiff(array, tmp_path / "a.tif", apart=True)
    assert is_ramp(images.open_picture(tmp_path / "a.tif"))
    channels_tiff(array[..., :2], tmp_path / "b.tif", 2, apart=True)
    with pytest.raises(StylizeError, match=r"b\.tif"):  # and not read as something else
        images.open_picture(tmp_path / "b.tif")


@pytest.mark.parametrize("kind", ["<u2", ">u2", "u1"])
def test_grey_of_which_0_is_white_is_no_negative(kind, tmp_path):
    array = ((1 - RAMP) * numpy.iinfo(kind).max).astype(kind)[..., None]
    channels_tiff(array, tmp_path / "a.tif", grey_is=0)
    assert is_ramp(images.open_picture(tmp_path / "a.tif"))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_needs_no_end_marker_but_all_the_rest(progressive, tmp_path):
    noise = Image.merge("RGB", [Image.effect_noise((48, 32), 90 + n) for n in range(3)])
    noise.save(tmp_path / "a.jpg", quality=85, progressive=progressive)
    whole, data = images.open_picture(tmp_path / "a.jpg"), (tmp_path / "a.jpg").read_bytes()
    for cut in range(1, len(data) - 2):
        (tmp_path / "b.jpg").write_bytes(data[:-cut])
        if cut <= 2:
            assert images.open_picture(tmp_path / "b.jpg").tobytes() == whole.tobytes()
            continue
        try:
            read = images.open_picture(tmp_path / "b.jpg")
        except StylizeError:
            continue
        assert cut < 10, "more than its last pixels are missing"
        assert read.crop((0, 0, 48, 14)).tobytes() == whole.crop((0, 0, 48, 14)).tobytes()


def test_a_large_jpeg_without_its_end_is_reduced_too(tmp_path):
    Image.linear_gradient("L").resize((3000, 2000)).save(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:-2])
    ones = [images.open_picture(tmp_path / f"{name}.jpg", side=200) for name in "ab"]
    assert ones[0].tobytes() == ones[1].tobytes()
    assert ones[0].width < 400


# ---- masks


def test_a_mask_is_brightness_times_opacity():
    white_on_clear = Image.new("RGBA", (20, 10), (255, 255, 255, 0))
    white_on_clear.paste((255, 255, 255, 255), (0, 0, 10, 10))
    assert [images.to_mask(white_on_clear).getpixel((x, 5)) for x in (5, 15)] == [255, 0]
    half = Image.new("LA", (4, 4), (128, 128))
    assert images.to_mask(half).getpixel((0, 0)) == 64
    assert images.to_mask(Image.new("RGB", (4, 4), "white")).getpixel((0, 0)) == 255


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "I", "F"])
def test_a_mask_of_0_and_1_paints_where_it_is_1(mode):
    array = numpy.zeros((10, 20), "u1")
    array[:, 10:] = 1
    if mode == "1":
        mask = Image.fromarray(array.astype(bool))
    elif mode == "P":
        mask = Image.fromarray(array)
        mask.putpalette([v for n in range(256) for v in (n, n, n)])
    else:
        mask = Image.fromarray(array.astype({"L": "u1", "I;16": "u2", "I": "i4", "F": "f4"}[mode]))
        assert mask.mode == mode
    assert [images.to_mask(mask).getpixel((x, 5)) for x in (5, 15)] == [0, 255]


@pytest.mark.parametrize("value", [0, 3])
def test_a_mask_that_paints_nothing_is_refused(value, tmp_path):
    Image.new("L", (9, 9), value).save(tmp_path / "m.png")
    with pytest.raises(StylizeError, match="black all over"):
        images.open_mask(tmp_path / "m.png")


# ---- HEIC


def test_a_heic_without_pillow_heif_says_what_to_install(tmp_path):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99)
    code = f"""
import sys
sys.modules["pillow_heif"] = None
from stylize.pictures import images
assert "HEIF" not in images.FORMATS
images.open_picture({str(tmp_path / "a.heic")!r})
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "HEIC picture, which needs pillow-heif" in ended.stderr


def test_a_heic_is_read_where_pillow_heif_is(tmp_path):
    pytest.importorskip("pillow_heif")
    image = Image.new("RGB", (64, 48), (200, 30, 30))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.heic", exif=exif)
    read = images.open_picture(tmp_path / "a.heic")
    assert read.size == images.shape_of(tmp_path / "a.heic")
    assert max(abs(a - b) for a, b in zip(read.getpixel((5, 5)), (200, 30, 30), strict=True)) < 12
    (tmp_path / "b.heic").write_bytes((tmp_path / "a.heic").read_bytes()[:200])
    with pytest.raises(StylizeError, match=r"b\.heic"):
        images.open_picture(tmp_path / "b.heic")


# ---- size


@pytest.mark.parametrize(("form", "shape"), [("JPEG", (3000, 2000)), ("PNG", (3000, 2000)), ("JPEG", (2000, 3000)),
                                             ("PNG", (6000, 40)), ("JPEG", (40, 6000))])  # fmt: skip
def test_a_large_picture_is_reduced_to_what_can_be_used(form, shape, tmp_path):
    Image.linear_gradient("L").resize(shape).convert("RGB").save(tmp_path / "a", form)
    read = images.open_picture(tmp_path / "a", side=200)
    assert 0.5 * 200**2 < read.width * read.height < 1.05 * 200**2
    assert read.width / read.height == pytest.approx(shape[0] / shape[1], rel=0.15)
    assert images.open_picture(tmp_path / "a", side=None).size == shape
    assert images.open_picture(tmp_path / "a", side=5000).size == shape


def test_a_turned_picture_is_reduced_too(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (3000, 1000)).save(tmp_path / "a.jpg", exif=exif)
    read = images.open_picture(tmp_path / "a.jpg", side=300)
    assert read.height / read.width == pytest.approx(3, rel=0.02)
    assert read.width * read.height < 1.05 * 300**2


@pytest.mark.slow
def test_a_large_picture_leaves_little_behind(tmp_path):
    (tmp_path / "a.png").write_bytes(png_of(7000, 7000))
    code = f"""
import os, sys
from stylize.pictures import images
kept = [images.open_picture({str(tmp_path / "a.png")!r}, side=1024) for _ in range(6)]
print(open("/proc/self/status").read().split("VmRSS:")[1].split()[0])
"""
    if not sys.platform.startswith("linux"):
        pytest.skip("there is no /proc")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 700_000  # KB; kept whole they would take 0.9 GB more


# ---- what is no file at all


def test_devices_and_pipes_are_refused_at_once(tmp_path):
    import os

    if os.name == "nt":
        pytest.skip("there are none")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "zero.png"):
        with pytest.raises(StylizeError, match="not an ordinary file"):
            images.open_picture(tmp_path / name)
        assert images.shape_of(tmp_path / name) == (1, 1)
        with pytest.raises(StylizeError, match="not an ordinary file"):
            images.read_record(tmp_path / name)
