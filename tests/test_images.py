"""Pictures out: whole, with their settings; pictures in: the caller's own image is left alone."""

import json
from dataclasses import asdict

import pytest
import torch
from PIL import Image

from stylize import Settings, StylizeError
from stylize.engine import tensors
from stylize.pictures import decode, images, pixels


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


def test_what_is_returned_is_never_the_callers_image():
    """Nor changes it: a caller may keep its image, and change the other."""
    given = Image.new("RGB", (8, 8), "red")
    given.info["icc_profile"] = b"theirs"
    read = decode.to_rgb(given)
    read.paste("blue", (0, 0, 8, 8))
    assert given.getpixel((0, 0)) == (255, 0, 0)
    assert given.info == {"icc_profile": b"theirs"}
    mask = Image.new("L", (8, 8), 255)
    decode.to_mask(mask).paste(0, (0, 0, 8, 8))
    assert mask.getpixel((0, 0)) == 255


def test_one_image_may_be_saved_by_several_threads_at_once(tmp_path, monkeypatch):
    """Pillow keeps the options of a save in the image, where another save would find them."""
    image, saved = Image.new("RGB", (8, 8)), []
    real = Image.Image.save
    monkeypatch.setattr(Image.Image, "save", lambda self, *a, **k: (saved.append(self), real(self, *a, **k)))
    images.save(image, tmp_path / "a.png", {})
    assert len(saved) == 1
    assert saved[0] is not image
