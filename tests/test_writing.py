"""Files that are written: whole whoever else writes them, links and modes kept, refused before any work."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import pytest
from PIL import Image

from stylize import Settings, StylizeError
from stylize.pictures import files, images, timelapse

RECORD = {"stylize": asdict(Settings())}
PICTURE = Image.effect_noise((200, 150), 60).convert("RGB")
posix = pytest.mark.skipif(os.name == "nt", reason="modes and links differ there")


@pytest.mark.parametrize("ending", [".png", ".gif"])
def test_any_number_of_writers_of_one_file_each_succeed(ending, tmp_path, a_step):
    path = tmp_path / f"one{ending}"
    lapse = timelapse.Timelapse()
    lapse.add(a_step)

    def write(_):
        images.save(PICTURE, path, RECORD) if ending == ".png" else timelapse.write(lapse, a_step.picture, path)
        Image.open(path).load()  # whole at any time

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    assert [f.name for f in tmp_path.iterdir()] == [path.name]


@posix
def test_a_link_stays_a_link_and_a_mode_stays_a_mode(tmp_path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "kept.png", tmp_path / "link.png"
    images.save(PICTURE, real, RECORD)
    real.chmod(0o640)
    link.symlink_to(real)
    before = real.read_bytes()
    images.save(PICTURE.rotate(90), link, RECORD)
    assert link.is_symlink()
    assert real.read_bytes() != before
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    dangling = tmp_path / "later.png"
    dangling.symlink_to(tmp_path / "real" / "new.png")
    images.save(PICTURE, dangling, RECORD)
    assert (tmp_path / "real" / "new.png").is_file()
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "real" / "new.png").stat().st_mode) == 0o666 & ~umask


@posix
def test_what_cannot_be_written_is_refused_beforehand(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "device.png").symlink_to("/dev/null")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "file").write_text("")
    for sentence, names in {
        "not an ordinary file": ["pipe.png", "device.png"],
        "is a folder": ["folder.png", ""],
        "There is no folder": ["none/a.png", "file/a.png"],
        "could not be written": ["loop.png"],
        "could not be written: File name too long": ["a" * 252 + ".png"],
        "names no picture format": ["a.blp", "a.xyz", "a.pdf", "a", ".png"],
    }.items():
        for name in names:
            with pytest.raises(StylizeError, match=sentence):
                images.check_writable(tmp_path / name)
    images.check_writable(tmp_path / ("a" * 251 + ".png"))  # the longest name there can be
    images.save(PICTURE, tmp_path / ("a" * 251 + ".png"), RECORD)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StylizeError, match="may not be overwritten"):
        images.check_writable(tmp_path / ("a" * 251 + ".png"))

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StylizeError, match=r"The folder .* may not be written to"):
        images.check_writable(tmp_path / "a.png")


@pytest.mark.parametrize("ending", images.WRITTEN)
def test_every_format_that_is_offered_can_be_written_and_opened_again(ending, tmp_path):
    path = tmp_path / f"a{ending.upper()}"
    if images.WRITTEN[ending] not in Image.SAVE:
        pytest.skip("this Pillow lacks it")
    images.check_writable(path)
    images.save(PICTURE, path, RECORD)
    assert images.open_picture(path).size == PICTURE.size
    if ending in (".png", ".jpg", ".jpeg"):
        assert Settings(**images.read_record(path)) == Settings()


def test_a_record_too_long_for_a_jpegs_comment_keeps_the_settings(tmp_path):
    images.save(PICTURE, tmp_path / "a.jpg", RECORD | {"moved": [{"iteration": n} for n in range(10_000)]})
    assert Settings(**images.read_record(tmp_path / "a.jpg")) == Settings()


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(error):
        with files.replacing(path) as part:
            part.write_text("half")
            raise error

    with pytest.raises(StylizeError, match="could not be written: disk full"):
        write(OSError("disk full"))
    with pytest.raises(KeyboardInterrupt):
        write(KeyboardInterrupt())
    assert [f.read_text() for f in tmp_path.iterdir()] == ["old"]
