"""The command line on a folder: every picture in it, and a sum of what became of each."""

import json
import os
from pathlib import Path

import pytest

from stylize import Settings
from stylize.cli import jobs
from stylize.cli.flags import parser
from stylize.cli.terminal import Report
from stylize.pictures import images

from .test_cli import paint
from .test_cli_files import posix

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def folder(here, photo):
    """Make contents of every kind, of which a.jpg, b.png and b.jpg are sound."""
    place = here / "in"
    (place / "inner.png").mkdir(parents=True)
    for name in ("a.jpg", "b.png", "b.jpg"):
        photo.save(place / name)
    photo.save(place / ".hidden.png")
    (place / "._a.jpg").write_bytes(b"\0\5\x16\7")
    (place / "film.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    (place / "paper.pdf").write_bytes(b"%PDF-1.7")
    (place / "phone.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99)
    (place / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return place


def test_a_folder_is_summed_up_and_done_ones_are_left_out_when_resumed(folder, here, capsys):
    assert paint("in", "style.png", "-o", "out") == 2
    said = capsys.readouterr().err
    assert sorted(path.name for path in (here / "out").iterdir()) == ["a.png", "b-jpg.png", "b-png.png"]
    assert "3 painted, 4 skipped (._a.jpg, .hidden.png, film.mp4, paper.pdf), 2 failed (broken.png" in said
    assert "stylize: phone.HEIC" in said
    before = {path: path.stat().st_mtime_ns for path in (here / "out").iterdir()}
    (here / "out" / "a.png").unlink()
    assert paint("in", "style.png", "-o", "out", "--resume", "--json") == 2
    printed = capsys.readouterr()
    assert "1 painted" in printed.err
    reasons = [line.get("skipped") for line in map(json.loads, printed.out.splitlines())]
    assert reasons.count("done before") == 2
    assert all(path.stat().st_mtime_ns == before[path] for path in before if path.name != "a.png")


def test_a_second_run_does_not_paint_paintings(folder, capsys):
    assert paint("in", "style.png", "-o", "in") == 2
    assert "among their contents" in capsys.readouterr().err
    for _ in range(2):
        assert paint("in", "style.png", "-o", "in/out") == 2
    assert capsys.readouterr().err.count("3 painted") == 2


@posix
def test_one_bad_name_ends_nothing(here, photo, capsys):
    (here / "in").mkdir()
    for name in (b"a\xff.png", b"b\n.png", b"%s.png" % (b"c" * 250)):
        os.symlink(here / "photo.png", os.fsencode(here / "in") + b"/" + name)
    photo.save(here / "in" / "z.png")
    (here / "out" / "b\n.png").mkdir(parents=True)  # in the way
    assert paint("in", "style.png", "-o", "out", "--json") == 2
    printed = capsys.readouterr()
    assert "3 painted, 1 failed" in printed.err
    assert len([json.loads(line) for line in printed.out.splitlines()]) == 4


def test_a_folder_without_pictures_and_one_without_permission(here, monkeypatch, capsys):
    (here / "in").mkdir()
    assert paint("in", "style.png", "-o", "out") == 2
    assert "There is no picture in the folder in" in capsys.readouterr().err
    assert not (here / "out").exists()

    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert paint("in", "style.png", "-o", "out") == 2
    assert "Permission denied" in capsys.readouterr().err


def test_a_bad_style_and_a_folder_that_cannot_be_made_are_told_once(folder, here, capsys):
    (here / "notes").write_text("")
    for style, out, said in (
        ("in/broken.png", "out", "broken.png is damaged"),
        ("style.png", "notes", "used: File exists; name another."),
    ):
        assert paint("in", style, "-o", out) == 2
        printed = capsys.readouterr().err
        assert said in printed
        assert printed.count("\n") == 1


@posix
@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_painting_that_would_replace_a_content_is_refused(link, here, photo, capsys):
    (here / "in").mkdir()
    (here / "out").mkdir()
    for name in ("a.png", "b.png"):
        photo.save(here / "in" / name)
    link(here / "in" / "b.png", here / "out" / "a.png")
    before = (here / "in" / "b.png").read_bytes()
    assert paint("in", "style.png", "-o", "out") == 2
    assert (here / "in" / "b.png").read_bytes() == before
    assert "would be written over a file that is read" in capsys.readouterr().err


def test_each_content_has_a_painting_of_its_own_also_when_resumed_after_another_was_added(here, photo, capsys):
    (here / "in").mkdir()
    for names, said in (("a.png a-png.gif", "2 painted"), ("a.jpg A.bmp", "3 painted, 1 skipped (a-png.gif)")):
        for name in names.split():
            photo.save(here / "in" / name)
        assert paint("in", "style.png", "-o", "out", "--resume") == 0
        assert said in capsys.readouterr().err  # a.png, too, since out/a.png may be of a.jpg
    assert len({path.name.casefold() for path in (here / "out").iterdir()}) == 5


def test_a_painting_that_was_stopped_is_painted_again_when_resumed(here, photo, capsys):
    (here / "in").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        photo.save(here / "in" / name)
    flags = ("in", "style.png", "-o", "out", "--resume")
    assert paint(*flags) == 0
    half, whole = (images.read_record(here / "out" / "a.png") | {"iterations": n} for n in (2, 3))
    images.save(photo, here / "out" / "a.png", {"stylize": half})
    images.save(photo, here / "out" / "b.png", {"stylize": whole})
    photo.save(here / "out" / "c.png")  # not ours
    capsys.readouterr()
    assert paint(*flags) == 0
    assert "1 painted, 2 skipped (b.png, c.png)" in capsys.readouterr().err


def test_thousands_of_contents_are_compared_once_each(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for number in range(1000):
        (tmp_path / "in" / f"{number}.png").touch()
    looked, real = [], jobs._identity
    monkeypatch.setattr(jobs, "_identity", lambda path: looked.append(path) or real(path))
    args = parser().parse_args([str(tmp_path / "in"), str(tmp_path / "s.png"), "-o", str(tmp_path / "out")])
    assert len(jobs.jobs_of(args, Settings(), Report(False))) == 1000
    assert len(looked) < 2100
