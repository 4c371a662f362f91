"""The command line and files: no painting is lost, no input is written over."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from stylize import StylizeError
from stylize.cli import jobs
from stylize.cli import main as cli
from stylize.cli import paint as painter
from stylize.cli.main import main
from stylize.engine.painting import Painting
from stylize.pictures import images

from .test_cli import SMALL, paint

ROOT = Path(__file__).parents[1]
posix = pytest.mark.skipif(os.name == "nt", reason="signals, links and modes differ there")


def program(*arguments, module="stylize", path="", **options):
    """Start the program in a process of its own."""
    environment = os.environ | {"PYTHONPATH": f"{path}{os.pathsep}{ROOT}"}
    return subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment, **options)


# ---- inputs stay as they are


@pytest.mark.parametrize(
    "flags",
    ["-o photo.png", "-o ./style.png", "-o link.png", "-o folder", "-o PHOTO.png/../photo.png", "--log photo.png",
     "--log style.png", "--log notes.txt", "--timelapse photo.gif", "-o out.webp --timelapse ./out.webp",
     "-o out.png --log out.png", "-o mask.png --mask mask.png", "-o old.png --settings-from old.png"],
)  # fmt: skip
@posix
def test_an_output_that_is_an_input_or_another_output_is_refused(flags, here, photo, capsys):
    (here / "folder").mkdir()
    photo.save("mask.png")
    photo.save("photo.gif")
    (here / "notes.txt").write_text("iterate over these")
    (here / "link.png").symlink_to("photo.png")
    (here / "folder" / "photo.png").symlink_to(here / "photo.png")
    images.save(photo, "old.png", {"stylize": {}})
    (here / "PHOTO.png").mkdir(exist_ok=True)
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    content = "photo.gif" if "photo.gif" in flags else "photo.png"
    assert paint(content, "style.png", *flags.split()) == 2
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
    said = capsys.readouterr().err
    assert any(words in said for words in ("written over a file", "written twice", "a file of another kind"))
    assert said.count("\n") == 1


def test_a_log_of_before_is_replaced_and_links_are_kept(here, quick):
    (here / "real.csv").write_text("")
    (here / "log.csv").symlink_to("real.csv")
    for _ in range(2):
        assert paint("photo.png", "style.png", "--log", "log.csv") == 0
    assert (here / "log.csv").is_symlink()
    with open("real.csv") as file:
        assert len(list(csv.DictReader(file))) == 3


# ---- no painting is lost


def test_a_folder_as_output_takes_the_painting(here, quick, capsys):
    (here / "out").mkdir()
    assert paint("photo.png", "style.png", "-o", "out") == 0
    assert Image.open(here / "out" / "photo.png").size == (48, 32)
    assert "out/photo.png" in capsys.readouterr().err.replace("\\", "/")


def test_a_painting_that_cannot_be_saved_where_it_was_to_be_is_saved_elsewhere_and_said(
    here, quick, monkeypatch, capsys
):
    (here / "out").mkdir()
    real = images.check_writable

    def check(path):
        real(path)
        os.rename(path.parent, "away")  # somebody does so while it paints

    monkeypatch.setattr(images, "check_writable", check)
    monkeypatch.setattr(cli, "jobs_of", lambda args, settings, report: [jobs.Job(args.content, args.output)])
    assert paint("photo.png", "style.png", "-o", "out/mine.png", "--json") == 1
    printed = capsys.readouterr()
    assert "could not be written" in printed.err
    place = Path(json.loads(printed.out)["output"])
    assert place.parent == here
    assert str(place) in printed.err
    assert images.read_record(place)["size"] == 48


@posix
def test_a_disk_that_fills_ends_the_log_not_the_painting(here, quick, monkeypatch, capsys):
    class Full:
        def writerow(self, _):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(csv, "writer", lambda *_, **__: Full())
    assert paint("photo.png", "style.png", "--log", "log.csv") == 0
    assert "the log ends here: No space left on device" in capsys.readouterr().err
    assert (here / "out.png").is_file()


def test_a_time_lapse_that_fails_leaves_the_painting(here, quick, monkeypatch, capsys):
    def fail(*_):
        raise StylizeError("No.")

    monkeypatch.setattr(painter.timelapse, "write", fail)
    assert paint("photo.png", "style.png", "--timelapse", "a.gif", "--json") == 2
    assert json.loads(capsys.readouterr().out)["output"] == "out.png"
    assert (here / "out.png").is_file()


def test_running_out_of_memory_halfway_keeps_what_there_is(here, monkeypatch, capsys):
    real = Painting.next_size

    def next_size(self, *arguments, **more):
        if getattr(self, "iteration", 0):
            raise MemoryError
        real(self, *arguments, **more)

    monkeypatch.setattr(Painting, "next_size", next_size)
    assert main(["photo.png", "style.png", "--size", "256", "--iterations", "6"]) == 2
    assert "ran out of memory" in capsys.readouterr().err
    assert Image.open(here / "out.png").size[0] < 256


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_saves_what_there_is(name, here, quick, monkeypatch, capsys):
    number = getattr(signal, name)
    before = signal.signal(number, signal.default_int_handler)  # nohup ignores SIGHUP, which the program heeds

    def interrupted(*arguments, **more):
        for step in quick(*arguments, **more):
            if step.iteration == 2:
                signal.raise_signal(number)
            yield step

    monkeypatch.setattr(painter, "stylize", interrupted)
    try:
        assert paint("photo.png", "style.png") == 130
    finally:
        signal.signal(number, before)
    assert "stopped after 2 iterations" in capsys.readouterr().err
    assert images.read_record(here / "out.png")["iterations"] == 2


@posix
@pytest.mark.slow
def test_ctrl_c_twice_ends_the_iteration_and_saves_what_there_is(here):
    flags = ["photo.png", "style.png", "--iterations=10000", "--log=log.csv", "--size=512"]
    slow = program(*flags, stderr=subprocess.PIPE, text=True)
    while slow.poll() is None and not ((here / "log.csv").exists() and (here / "log.csv").stat().st_size > 200):
        time.sleep(0.05)
    for _ in range(2):
        slow.send_signal(signal.SIGINT)
        time.sleep(0.01)
    said = slow.communicate(timeout=60)[1]
    assert slow.returncode == 130
    assert "Traceback" not in said
    assert "stopped after" in said
    assert images.read_record(here / "out.png")["iterations"] < 10_000


@posix
def test_ctrl_c_before_anything_is_one_line(here, monkeypatch, capsys):
    monkeypatch.setattr(painter, "share", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    assert paint("photo.png", "style.png") == 130
    assert capsys.readouterr().err == "stylize: stopped before there was anything to save.\n"


@posix
@pytest.mark.parametrize("module", ["stylize", "stylize.page"])
def test_ctrl_c_while_torch_is_loaded_is_one_line(module, here):
    (here / "torch").mkdir()
    (here / "torch" / "__init__.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    files = ["photo.png", "style.png"] if module == "stylize" else []
    ended = program(*files, module=module, path=here, stderr=subprocess.PIPE, text=True)
    said = ended.communicate()[1]
    assert ended.returncode == 130
    assert said.count("\n") == 1
    assert "stopped" in said


def test_output_that_cannot_be_printed_loses_nothing(here, quick, monkeypatch, capsys):
    class Closed(io.StringIO):
        def write(self, _):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    assert paint("photo.png", "style.png", "--json") == 1
    assert "could not be written: Broken pipe" in capsys.readouterr().err
    assert (here / "out.png").is_file()


@posix
@pytest.mark.slow
@pytest.mark.parametrize("ending", ["| true", "2>&-", ">/dev/full", ">&- 2>&-"])
def test_output_that_goes_nowhere_is_no_traceback_and_loses_nothing(ending, here):
    if "/dev/full" in ending and not os.path.exists("/dev/full"):
        pytest.skip("there is none")
    command = f"{sys.executable} -m stylize photo.png style.png --json {' '.join(SMALL)} {ending}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr
    assert "Error" not in ended.stderr
    assert ended.stdout == "" or json.loads(ended.stdout)["output"] == "out.png"
    assert Image.open(here / "out.png").size == (48, 32)
