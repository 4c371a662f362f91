"""The time-lapse: which frames are kept, and files that play."""

import os
import shutil
import weakref
from dataclasses import replace

import pytest
import torch
from PIL import Image

from stylize import Settings, StylizeError, stylize
from stylize.pictures import pixels, timelapse

SMALL = Settings(size=32, iterations=300, style_layer_weights=(1, 0, 0, 0, 0), content_weight=0)


def plain(step, color, size):
    """A step that shows one colour, at (width, height), on a green photo."""
    pixels = torch.tensor(Image.new("RGB", (1, 1), color).getpixel((0, 0)), dtype=torch.uint8)
    green = torch.tensor([20, 160, 40], dtype=torch.uint8)
    shape = (size[1], size[0], 3)
    return replace(step, size=size, pixels=pixels.expand(shape).contiguous(), photo=green.expand(shape).contiguous())


@pytest.fixture
def film(photo, painting):
    """Two frames and the last step of a painting that turns from red to blue to white, and grows."""
    step = next(stylize(photo, painting, SMALL))
    lapse = timelapse.Timelapse()
    lapse.add(plain(step, "red", (20, 12)))
    lapse.add(plain(step, "blue", (41, 25)))
    return lapse, plain(step, "white", (41, 25))


def test_a_long_run_keeps_a_bounded_even_choice_of_frames(photo, painting, monkeypatch):
    monkeypatch.setattr(timelapse, "FRAMES", 16)
    lapse = timelapse.Timelapse()
    for step in stylize(photo, painting, SMALL):
        lapse.add(step)
    assert 8 <= len(lapse) <= 16
    assert 8 * 300 < lapse.bytes < 16 * 3000
    gaps = {b - a for a, b in zip(lapse.iterations, lapse.iterations[1:], strict=False)}
    assert gaps == {32}
    assert lapse.iterations[0] == 0
    assert lapse.frame(0).tobytes() != lapse.frame(len(lapse) - 1).tobytes()


@pytest.mark.parametrize("ending", [".webp", ".gif", ".mp4"])
def test_a_file_that_plays_at_the_size_of_the_last_frame(ending, film, tmp_path):
    if ending == ".mp4" and not shutil.which("ffmpeg"):
        pytest.skip("there is no ffmpeg on this machine")
    file = tmp_path / f"lapse{ending}"
    timelapse.write(film[0], film[1].picture, file)
    assert [f.name for f in tmp_path.iterdir()] == [file.name]
    if ending == ".mp4":
        assert file.read_bytes()[4:8] == b"ftyp"
        return
    with Image.open(file) as video:
        assert video.size == (41, 25)
        assert video.n_frames == 3
        red = video.convert("RGB").getpixel((20, 12))
        video.seek(2)
        white = video.convert("RGB").getpixel((20, 12))
    assert red[0] > 200 > 50 > red[1]
    assert min(white) > 240


def test_all_frames_take_the_photos_colours(film, tmp_path):
    lapse, step = film
    timelapse.write(lapse, step.picture, tmp_path / "kept.gif", colors=pixels.from_pixels(step.photo))
    with Image.open(tmp_path / "kept.gif") as video:
        for n in range(video.n_frames):
            video.seek(n)
            r, g, b = video.convert("RGB").getpixel((10, 6))
            assert g > max(r, b) or n == 2  # of white, hardly a colour is left


def test_only_one_frame_at_a_time_is_decoded(film, tmp_path, monkeypatch):
    lapse, _ = film
    last = Image.new("RGB", (40, 24))  # of the frames' own size, which even MP4 can have: none is resized
    alive, most = [], []
    make = timelapse.Timelapse.frame

    def counted(*arguments):
        picture = make(*arguments)
        alive.append(weakref.ref(picture))
        most.append(sum(ref() is not None for ref in alive))
        return picture

    monkeypatch.setattr(timelapse.Timelapse, "frame", counted)
    for _ in range(8):
        lapse.add(plain(film[1], "red", last.size))
    for ending in timelapse.formats():
        timelapse.write(lapse, last, tmp_path / f"lapse{ending}")
    assert max(most) <= 2


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_an_animation_is_no_larger_than_can_be_played(ending, film, tmp_path, monkeypatch):
    monkeypatch.setitem(timelapse.LARGEST, ending, 30)
    timelapse.write(film[0], film[1].picture, tmp_path / f"a{ending}")
    assert Image.open(tmp_path / f"a{ending}").size == (30, 18)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("a.avi", r"cannot be written as a.avi; end it in .*\.gif"), ("none/a.gif", "no folder .*none")],
)
def test_what_cannot_be_written_is_refused_before_painting(name, sentence, tmp_path):
    with pytest.raises(StylizeError, match=sentence):
        timelapse.check_writable(tmp_path / name)


def test_mp4_without_ffmpeg_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(StylizeError, match=r"needs ffmpeg installed.*\.webp, \.gif"):
        timelapse.check_writable(tmp_path / "a.mp4")


@pytest.mark.skipif(os.name == "nt", reason="a script stands in for ffmpeg")
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("exec sleep 60", "ffmpeg took more than 1 s"),
        ("exec 0<&-; echo no such codec >&2; exit 3", "ffmpeg says no such codec"),
        ("cat >/dev/null; exit 4", "ffmpeg says 4"),
    ],
    ids=["hangs", "ends early", "fails"],
)
def test_an_ffmpeg_that_does_not_serve_is_one_sentence(script, sentence, film, tmp_path, monkeypatch):
    monkeypatch.setattr(timelapse, "FFMPEG_SECONDS", 1)
    programs, out = tmp_path / "bin", tmp_path / "out"
    programs.mkdir()
    out.mkdir()
    (programs / "ffmpeg").write_text(f"#!/bin/sh\n{script}\n")
    (programs / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    lapse, step = film
    large = plain(step, "white", (600, 400))  # more than a pipe holds
    with pytest.raises(StylizeError, match=sentence):
        timelapse.write(lapse, large.picture, out / "a.mp4")
    assert list(out.iterdir()) == []
