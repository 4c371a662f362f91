"""The command line and files: no painting is lost, no input is written over."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from stylize.cli import jobs
from stylize.cli import main as cli
from stylize.cli import paint as painter
from stylize.cli.main import main
from stylize.pictures import images

SMALL = ["--size", "48", "--iterations", "3"]
posix = pytest.mark.skipif(os.name == "nt", reason="signals, links and modes differ there")


def paint(*arguments):
    return main([*map(str, arguments), *SMALL])


# ---- inputs stay as they are


@pytest.mark.parametrize(
    "flags",
    [
        ["-o", "photo.png"],
        ["-o", "./style.png"],
        ["-o", "link.png"],
        ["-o", "folder"],
        ["-o", "PHOTO.png/../photo.png"],
        ["--log", "photo.png"],
        ["--log", "style.png"],
        ["--log", "notes.txt"],
        ["--timelapse", "photo.gif"],
        ["-o", "out.webp", "--timelapse", "./out.webp"],
        ["-o", "out.png", "--log", "out.png"],
        ["-o", "mask.png", "--mask", "mask.png"],
        ["-o", "old.png", "--settings-from", "old.png"],
    ],
    ids=" ".join,
)
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
    assert paint(content, "style.png", *flags) == 2
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before
    said = capsys.readouterr().err
    assert any(words in said for words in ("written over a file", "written twice", "a file of another kind"))
    assert said.count("\n") == 1


def test_a_log_of_before_is_replaced_and_links_are_kept(here):
    (here / "real.csv").write_text("")
    (here / "log.csv").symlink_to("real.csv")
    for _ in range(2):
        assert paint("photo.png", "style.png", "--log", "log.csv") == 0
    assert (here / "log.csv").is_symlink()
    with open("real.csv") as file:
        assert len(list(csv.DictReader(file))) == 3


# ---- no painting is lost


def test_a_folder_called_like_a_picture_is_not_written_into(here, monkeypatch, capsys):
    monkeypatch.setattr(painter, "stylize", None)
    (here / "out.png").mkdir()
    assert paint("photo.png", "style.png") == 2
    assert "out.png is a folder although it is called like a picture" in capsys.readouterr().err


def test_a_folder_as_output_takes_the_painting(here, capsys):
    (here / "out").mkdir()
    assert paint("photo.png", "style.png", "-o", "out") == 0
    assert Image.open(here / "out" / "photo.png").size == (48, 32)
    assert "out/photo.png" in capsys.readouterr().err.replace("\\", "/")


@pytest.mark.parametrize(
    "output", ["x.blp", "x.pdf", "x.icns", "x.eps", "x", "a" * 250 + ".png.png", "none/x.png", "photo.png/x.png"]
)
def test_an_output_that_cannot_be_is_refused_before_painting(output, here, monkeypatch):
    monkeypatch.setattr(painter, "stylize", None)
    assert paint("photo.png", "style.png", "-o", output) == 2
    assert paint("photo.png", "style.png", "--timelapse", output.replace("png", "gif")) == 2


def test_a_painting_that_cannot_be_saved_where_it_was_to_be_is_saved_elsewhere_and_said(here, monkeypatch, capsys):
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
def test_a_disk_that_fills_ends_the_log_not_the_painting(here, monkeypatch, capsys):
    from stylize.cli import log

    class Full:
        def writerow(self, _):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(log.csv, "writer", lambda *_, **__: Full())
    assert paint("photo.png", "style.png", "--log", "log.csv") == 0
    assert "the log ends here: No space left on device" in capsys.readouterr().err
    assert (here / "out.png").is_file()


def test_a_time_lapse_that_fails_leaves_the_painting(here, monkeypatch, capsys):
    from stylize import StylizeError
    from stylize.pictures import timelapse

    def fail(*_):
        raise StylizeError("No.")

    monkeypatch.setattr(timelapse, "write", fail)
    assert paint("photo.png", "style.png", "--timelapse", "a.gif", "--json") == 2
    assert json.loads(capsys.readouterr().out)["output"] == "out.png"
    assert (here / "out.png").is_file()


def test_running_out_of_memory_halfway_keeps_what_there_is(here, monkeypatch, capsys):
    from stylize.engine.painting import Painting

    real = Painting.next_size

    def next_size(self, *arguments, **more):
        if getattr(self, "iteration", 0):
            raise MemoryError
        real(self, *arguments, **more)

    monkeypatch.setattr(Painting, "next_size", next_size)
    assert main(["photo.png", "style.png", "--size", "256", "--iterations", "6"]) == 2
    assert "ran out of memory" in capsys.readouterr().err
    assert Image.open(here / "out.png").size[0] < 256


class Slow:
    """A process that paints for minutes, waited for until it has begun."""

    def __init__(self, here, *flags):
        command = [sys.executable, "-m", "stylize", "photo.png", "style.png", "--iterations=10000", "--log=log.csv"]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
        self.process = subprocess.Popen(
            [*command, *flags],
            cwd=here,
            env=environment,
            stderr=subprocess.PIPE,
            # Where the tests run under nohup, which the program heeds, it would not be ended by a closed terminal.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        until, log = time.monotonic() + 60, here / "log.csv"
        while time.monotonic() < until and not (log.exists() and log.stat().st_size > 999):
            time.sleep(0.05)

    def end(self):
        said = self.process.communicate(timeout=60)[1].decode()
        assert "Traceback" not in said
        return said


@posix
@pytest.mark.parametrize(
    ("signals", "size"),
    [
        ([signal.SIGINT] * 2, "512"),
        pytest.param([signal.SIGTERM], "64", marks=pytest.mark.slow),
        pytest.param([getattr(signal, "SIGHUP", None)], "64", marks=pytest.mark.slow),
    ],
    ids=["twice", "kill", "closed"],
)
def test_ctrl_c_once_or_twice_and_kill_save_what_there_is(signals, size, here):
    slow = Slow(here, "--size", size)
    for signum in signals:
        slow.process.send_signal(signum)
        time.sleep(0.01)
    said = slow.end()
    assert slow.process.returncode == 130
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
    environment = os.environ | {"PYTHONPATH": f"{here}{os.pathsep}{Path(__file__).parents[1]}"}
    command = [sys.executable, "-m", module, "photo.png", "style.png"][: None if module == "stylize" else 3]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 130
    assert ended.stderr.count("\n") == 1
    assert "stopped" in ended.stderr


# ---- flags and masks


def test_settings_that_change_nothing_are_said(here, capsys):
    assert paint("photo.png", "style.png", "--seed", "3", "--content-weight", "0", "--content-layer", "conv2_1") == 0
    said = capsys.readouterr().err
    assert "--seed changes nothing: only --init noise draws anything at random." in said
    assert "--content-layer changes nothing: the content weight is 0." in said
    assert paint("photo.png", "style.png", "--seed", "3", "--init", "noise") == 0
    assert "changes nothing" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--style-weight 5 --style-layer-weights 0,0,0,0,0", "--style-weight changes nothing: the weights of all"),
        ("--style-weight 0 --early-stop", "--early-stop changes nothing"),
        ("--style-weight 0 --strength 2 --recipe reference --network lite", "--strength changes nothing"),
        ("--style-weight 0 --recipe reference --network lite", "all weights of the style are 0"),
        ("--style-weight 0 --neighbor-weight 0 --palette-weight 0 --grain-weight 0", "all weights of the style are 0"),
        ("--style-weight 0 --strength 2", None),
        ("--style-layer-weights 0,0,0,0,1 --strength 2 --early-stop --style-weight 4", None),
    ],
)
def test_whatever_else_changes_nothing_is_said_too(flags, said, here, capsys):
    assert paint("photo.png", "style.png", *flags.split()) == 0
    printed = capsys.readouterr().err
    assert said in printed if said else printed.count("\n") == 1


@pytest.mark.parametrize("found", ["[]", '"x"', "5", "null"])
def test_settings_of_another_shape_are_none(found, here, capsys):
    (info := PngImagePlugin.PngInfo()).add_text("stylize", f'{{"stylize": {found}}}')
    Image.new("RGB", (9, 9)).save("old.png", pnginfo=info)
    assert paint("photo.png", "style.png", "--settings-from", "old.png") == 2
    assert "old.png carries no settings" in capsys.readouterr().err


def test_a_folder_where_a_picture_is_to_be_is_named(here, capsys):
    assert paint("photo.png", ".") == 2
    assert "stylize: . is a folder" in capsys.readouterr().err


def test_a_mask_of_another_shape_is_stretched_and_said(here, capsys):
    Image.new("L", (30, 90), 255).save("mask.png")
    assert paint("photo.png", "style.png", "--mask", "mask.png") == 0
    assert "the mask has another shape than the content, and is stretched" in capsys.readouterr().err


@posix
@pytest.mark.parametrize(
    "ending", ["| true", *(pytest.param(e, marks=pytest.mark.slow) for e in ("2>&-", ">/dev/full", ">&- 2>&-"))]
)
def test_output_that_goes_nowhere_is_no_traceback_and_loses_nothing(ending, here):
    if "/dev/full" in ending and not os.path.exists("/dev/full"):
        pytest.skip("there is none")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = f"{sys.executable} -m stylize photo.png style.png --json {' '.join(SMALL)} {ending}"
    ended = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr
    assert "Error" not in ended.stderr
    assert ended.stdout == "" or json.loads(ended.stdout)["output"] == "out.png"
    assert Image.open(here / "out.png").size == (48, 32)


@pytest.mark.parametrize("second", ["rest", "right.png"])
def test_a_mask_for_each_style(here, second):
    left = Image.new("L", (96, 64))
    left.paste(255, (0, 0, 48, 64))
    left.save("left.png")
    left.point(lambda value: 255 - value).save("right.png")
    for name, color in (("red.png", (220, 30, 20)), ("blue.png", (20, 40, 220))):
        Image.blend(Image.effect_noise((80, 80), 60).convert("RGB"), Image.new("RGB", (80, 80), color), 0.7).save(name)
    masks = ["--mask", "left.png", "--mask", second, "-o", "out.png"]
    assert main(["photo.png", "red.png", "blue.png", *masks, "--size", "64", "--iterations", "40"]) == 0
    painted = Image.open("out.png").convert("RGB")
    red, _, blue = painted.crop((0, 0, painted.width // 2 - 4, painted.height)).resize((1, 1)).getpixel((0, 0))
    assert red > blue
    red, _, blue = painted.crop((painted.width // 2 + 4, 0, *painted.size)).resize((1, 1)).getpixel((0, 0))
    assert blue > red


@pytest.mark.parametrize("masks", [["rest"], ["left.png", "left.png", "left.png"]])
def test_masks_that_fit_no_styles_are_refused(here, capsys, masks):
    Image.new("L", (96, 64), 255).save("left.png")
    assert paint("photo.png", "style.png", "style.png", *(part for mask in masks for part in ("--mask", mask))) == 2
    assert "mask" in capsys.readouterr().err
