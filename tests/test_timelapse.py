"""The time-lapse: which frames are kept, and files that play."""

import shutil

import pytest
from PIL import Image

from stylize import Settings, StylizeError, stylize, timelapse

SMALL = Settings(size=32, iterations=300, style_layer_weights=(1, 0, 0, 0, 0), content_weight=0)


def test_a_long_run_keeps_a_bounded_even_choice_of_frames(photo, painting, monkeypatch):
    monkeypatch.setattr(timelapse, "FRAMES", 16)
    lapse = timelapse.Timelapse()
    for step in stylize(photo, painting, SMALL):
        lapse.add(step)
    assert 8 <= len(lapse) <= 16
    gaps = {b - a for a, b in zip(lapse.iterations, lapse.iterations[1:], strict=False)}
    assert gaps == {32}
    assert lapse.iterations[0] == 0
    assert lapse.frame(0).tobytes() != lapse.frame(len(lapse) - 1).tobytes()


@pytest.mark.parametrize("ending", [".webp", ".gif", ".mp4"])
def test_a_file_that_plays_at_the_size_of_the_last_frame(ending, tmp_path):
    if ending == ".mp4" and not shutil.which("ffmpeg"):
        pytest.skip("there is no ffmpeg on this machine")
    frames = [Image.new("RGB", (20, 12), "red"), Image.new("RGB", (41, 25), "green"), Image.new("RGB", (41, 25))]
    file = tmp_path / f"lapse{ending}"
    timelapse.write(frames, file)
    assert [f.name for f in tmp_path.iterdir()] == [file.name]
    if ending == ".mp4":
        assert file.read_bytes()[4:8] == b"ftyp"
        return
    with Image.open(file) as video:
        assert video.size == (41, 25)
        assert video.n_frames == 3
        assert video.convert("RGB").getpixel((20, 12))[0] > 200


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
