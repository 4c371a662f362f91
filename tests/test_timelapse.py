"""The time-lapse: which frames are kept, and files that play."""

import os
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import torch
from PIL import Image, ImageSequence

from stylize import StylizeError
from stylize.pictures import timelapse

RED, BLUE, WHITE, GREEN = (200, 20, 20), (20, 20, 200), (255, 255, 255), (20, 160, 40)


def step(color, size, iteration=0):
    """Make as much of a Step as a film needs: one colour, at (width, height)."""
    pixels = torch.tensor(color, dtype=torch.uint8).expand(size[1], size[0], 3).contiguous()
    return SimpleNamespace(pixels=pixels, iteration=iteration)


@pytest.fixture
def film():
    """Make two frames of a painting that turns from red to blue and grows, and the last picture, white."""
    lapse = timelapse.Timelapse()
    lapse.add(step(RED, (20, 12)))
    lapse.add(step(BLUE, (41, 25)))
    return lapse, Image.new("RGB", (41, 25), WHITE)


def test_a_long_run_keeps_a_bounded_even_choice_of_frames(monkeypatch):
    monkeypatch.setattr(timelapse, "FRAMES", 16)
    lapse = timelapse.Timelapse()
    for n in range(301):
        lapse.add(step((n % 256, 0, 0), (32, 20), n))
    assert 8 <= len(lapse) <= 16
    assert 8 * 300 < lapse.bytes < 16 * 3000
    assert {b - a for a, b in zip(lapse.iterations, lapse.iterations[1:], strict=False)} == {32}
    assert lapse.iterations[0] == 0
    assert lapse.frame(0).tobytes() != lapse.frame(len(lapse) - 1).tobytes()


def pictures_in(file, tmp_path):
    """Decode the pictures of an animation or a video."""
    if file.suffix != ".mp4":
        with Image.open(file) as video:
            return [frame.convert("RGB") for frame in ImageSequence.Iterator(video)]
    (tmp_path / "frames").mkdir()
    command = ["ffmpeg", "-loglevel", "error", "-i", str(file), str(tmp_path / "frames" / "%04d.png")]
    subprocess.run(command, check=True)
    return [Image.open(path).convert("RGB") for path in sorted((tmp_path / "frames").iterdir())]


@pytest.fixture(params=[".webp", ".gif", ".mp4"])
def file(request, tmp_path):
    if request.param == ".mp4" and not shutil.which("ffmpeg"):
        pytest.skip("there is no ffmpeg on this machine")
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / f"lapse{request.param}"


def test_a_file_that_plays_at_the_size_of_the_last_frame(file, film, tmp_path):
    timelapse.write(*film, file)
    assert [f.name for f in file.parent.iterdir()] == [file.name]
    pictures = pictures_in(file, tmp_path)
    assert {picture.size for picture in pictures} == {(40, 24) if file.suffix == ".mp4" else (41, 25)}
    for picture, colour in ((pictures[0], RED), (pictures[1], BLUE), (pictures[-1], WHITE)):
        assert picture.getpixel((20, 12)) == pytest.approx(colour, abs=8)


def test_in_another_shape_the_whole_picture_stands_on_itself_dark_and_enlarged(file, tmp_path):
    """The frames have several sizes, for each of which ffmpeg sets up its filters anew."""
    shape = dict(zip((".webp", ".mp4", ".gif"), timelapse.SHAPES, strict=True))[file.suffix]
    lapse = timelapse.Timelapse()
    for size in ((40, 30), (80, 60), (160, 120)):
        lapse.add(step(WHITE, size))
    timelapse.write(lapse, Image.new("RGB", (160, 120), WHITE), file, shape=shape)
    if file.suffix == ".mp4":  # pixels are square
        asked = ["ffprobe", "-v", "error", "-show_entries", "stream=sample_aspect_ratio", "-of", "csv=p=0"]
        assert subprocess.run([*asked, file], capture_output=True, text=True).stdout.strip() == "1:1"
    for picture in pictures_in(file, tmp_path):
        assert picture.width / picture.height == pytest.approx(shape[0] / shape[1], rel=0.01)
        assert picture.getpixel((4, 4)) == pytest.approx([timelapse.DARK * 255] * 3, abs=6)
        white = picture.convert("L").point(lambda value: 255 * (value > 210)).getbbox()
        assert (white[2] - white[0], white[3] - white[1]) == pytest.approx((160, 120), abs=4)


def test_frames_take_the_photos_colours_and_a_wipe_from_it_to_the_painting_is_the_end(file, film, tmp_path):
    photo = Image.new("RGB", (82, 50), GREEN)
    timelapse.write(*film, file, colors=photo, photo=photo)
    pictures = pictures_in(file, tmp_path)
    r, g, b = pictures[0].getpixel((10, 6))  # the second of these flat frames looks the same
    assert g > max(r, b)
    left, right = ([picture.getpixel((x, 12)) for picture in pictures] for x in (2, 38))
    photo = next(n for n, colour in enumerate(right) if colour == pytest.approx(GREEN, abs=16))
    assert left[photo] == pytest.approx(GREEN, abs=16)
    assert any(a == pytest.approx(WHITE, abs=16) and b == pytest.approx(GREEN, abs=16)
               for a, b in zip(left[photo:], right[photo:], strict=True))  # fmt: skip
    assert left[-1] == right[-1] == pytest.approx(WHITE, abs=4)


def test_an_animation_is_no_larger_than_can_be_played(film, tmp_path, monkeypatch):
    monkeypatch.setitem(timelapse.LARGEST, ".gif", 30)
    timelapse.write(*film, tmp_path / "a.gif")
    assert Image.open(tmp_path / "a.gif").size == (30, 18)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("a.avi", r"cannot be written as a.avi; end it in .*\.gif"), ("none/a.gif", "no folder .*none"),
     ("a.mp4", r"needs ffmpeg installed.*\.webp, \.gif")],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_before_painting(name, sentence, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)  # there is no ffmpeg
    with pytest.raises(StylizeError, match=sentence):
        timelapse.check_writable(tmp_path / name)


@pytest.mark.skipif(os.name == "nt", reason="a script stands in for ffmpeg")
@pytest.mark.parametrize(
    ("script", "sentence"),
    [("exec sleep 600", "ffmpeg took more than 0.5 s"), ("cat >/dev/null; exit 4", "ffmpeg says 4"),
     ("exec 0<&-; echo no such codec >&2; exit 3", "ffmpeg says no such codec")],
    ids=["hangs", "fails", "ends early"],
)  # fmt: skip
def test_an_ffmpeg_that_does_not_serve_is_one_sentence(script, sentence, film, tmp_path, monkeypatch):
    monkeypatch.setattr(timelapse, "FFMPEG_SECONDS", 0.5 if "sleep" in script else 60)
    programs, out = tmp_path / "bin", tmp_path / "out"
    programs.mkdir()
    out.mkdir()
    (programs / "ffmpeg").write_text(f"#!/bin/sh\n{script}\n")
    (programs / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    large = Image.effect_noise((600, 400), 99).convert("RGB")  # more than a pipe holds
    with pytest.raises(StylizeError, match=sentence):
        timelapse.write(film[0], large, out / "a.mp4")
    assert list(out.iterdir()) == []
