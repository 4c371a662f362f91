"""Pictures in: upright, sRGB, on white. Pictures out: whole, with their settings."""

import io
import json
from dataclasses import asdict

import pytest
import torch
from PIL import Image, ImageCms

from stylize import Settings, StylizeError
from stylize.engine import tensors
from stylize.pictures import images, pixels


def test_exif_orientation_is_applied(tmp_path):
    image = Image.new("RGB", (40, 20), "red")
    image.paste("blue", (0, 0, 20, 20))
    exif = image.getexif()
    exif[0x0112] = 6  # to be shown turned 90 degrees clockwise
    image.save(tmp_path / "phone.png", exif=exif)
    upright = images.open_picture(tmp_path / "phone.png")
    assert upright.size == (20, 40)
    assert upright.getpixel((10, 5)) == (0, 0, 255)


def test_transparency_becomes_white(tmp_path):
    for mode, clear in (("RGBA", (10, 20, 30, 0)), ("LA", (10, 0))):
        Image.new(mode, (4, 4), clear).save(tmp_path / "clear.png")
        assert images.open_picture(tmp_path / "clear.png").getpixel((0, 0)) == (255, 255, 255)


def test_sixteen_bits_keep_their_shades(tmp_path):
    image = Image.new("I;16", (2, 1))
    image.putpixel((0, 0), 65535)
    image.putpixel((1, 0), 32768)
    image.save(tmp_path / "deep.png")
    read = images.open_picture(tmp_path / "deep.png")
    assert read.getpixel((0, 0)) == (255, 255, 255)
    assert abs(read.getpixel((1, 0))[0] - 128) <= 1


def test_cmyk_grey_palette_and_frames_are_read(tmp_path):
    Image.new("CMYK", (4, 4), (0, 255, 255, 0)).save(tmp_path / "a.jpg")
    r, g, b = images.open_picture(tmp_path / "a.jpg").getpixel((1, 1))
    assert r > 200
    assert max(g, b) < 80
    Image.new("L", (4, 4), 77).save(tmp_path / "b.png")
    assert images.open_picture(tmp_path / "b.png").getpixel((1, 1)) == (77, 77, 77)
    red, blue = Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")
    red.save(tmp_path / "c.gif", save_all=True, append_images=[blue])
    assert images.open_picture(tmp_path / "c.gif").getpixel((1, 1)) == (255, 0, 0)


def test_a_colour_profile_is_taken_to_srgb(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (4, 4), (200, 100, 50))
    for profile in (srgb, b"no profile at all", lab):  # the last two cannot serve, and must not stop it
        image.save(tmp_path / "p.png", icc_profile=profile)
        assert images.open_picture(tmp_path / "p.png").getpixel((0, 0)) == pytest.approx((200, 100, 50), abs=2)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path):
    Image.new("1", (10_000, 10_000)).save(tmp_path / "bomb.png")
    with pytest.raises(StylizeError, match="more than 50 million pixels"):
        images.open_picture(tmp_path / "bomb.png")


def test_pixels_survive_the_way_to_a_tensor_and_back():
    image = Image.frombytes("RGB", (5, 3), bytes(range(45)))
    tensor = tensors.to_tensor(image, (5, 3))
    assert tensor.shape == (1, 3, 3, 5)
    assert tensor[0, 2, 1, 4] == torch.tensor(29 / 255)
    assert pixels.from_pixels(tensors.to_pixels(tensor)).tobytes() == image.tobytes()


def test_settings_are_written_inside(tmp_path):
    image, settings = Image.new("RGB", (8, 8)), {"stylize": asdict(Settings(iterations=9))}
    for name in ("a.png", "b.jpg"):
        images.save(image, tmp_path / name, settings)
        with Image.open(tmp_path / name) as read:
            record = read.info.get("stylize") or read.info["comment"].decode()
        assert json.loads(record)["stylize"]["iterations"] == 9
    images.save(image, tmp_path / "c.webp", settings)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.jpg", "c.webp"]


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(StylizeError, match="No space left on device"):
        images.save(Image.new("RGB", (8, 8)), tmp_path / "a.png", {})
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_are_no_picture(tmp_path):
    whole = io.BytesIO()
    Image.new("RGB", (300, 300), "green").save(whole, "JPEG")
    for content in (b"", b"\x89PNG\r\n\x1a\n", whole.getvalue()[: len(whole.getvalue()) // 2], b"text"):
        (tmp_path / "x.jpg").write_bytes(content)
        with pytest.raises(StylizeError, match=r"x\.jpg is (not a picture|damaged)"):
            images.open_picture(tmp_path / "x.jpg")
