"""The command line, run as a user would."""

import csv
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image, ImageChops

from stylize.cli.flags import parser
from stylize.cli.main import main
from stylize.settings import SPECS


def run(*arguments):
    """The command line in this process: what it printed, and its code."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = main([str(argument) for argument in arguments])
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def test_the_module_is_the_command_line(photo_file, painting_file, tmp_path):
    command = [sys.executable, "-m", "stylize", str(photo_file), str(painting_file), "--size=48", "--iterations=2"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
    assert Image.open(tmp_path / "out.png").size == (48, 32)


def test_two_pictures_become_a_painting_with_its_settings_inside(photo_file, painting_file, tmp_path):
    out, log = tmp_path / "out.png", tmp_path / "log.csv"
    flags = ["--size", 64, "--iterations", 6, "--style-weight", 3, "--log", log]
    result = run(photo_file, painting_file, "-o", out, *flags)
    assert result.returncode == 0, result.stderr
    image = Image.open(out)
    assert image.size == (64, 43)
    record = json.loads(image.info["stylize"])["stylize"]
    assert (record["iterations"], record["style_weight"], record["network"]) == (6, 3.0, "lite")
    rows = list(csv.DictReader(log.open()))
    assert [int(r["iteration"]) for r in rows] == list(range(6))
    assert {"size", "seconds", "content_loss", "style_loss", "total_loss"} <= set(rows[0])
    assert {r["size"] for r in rows} == {"64"}


def test_every_setting_is_a_flag_with_help():
    text = parser().format_help()
    for name in SPECS:
        assert "--" + name.replace("_", "-") in text


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--size", "9"], "size is 9; it must be a whole number from 32 to 4096."),
        (["--size", "nan"], "size is nan; it must be a whole number"),
        (["--iterations", "2.5"], "iterations is 2.5; it must be a whole number"),
        (["--learning-rate", "fast"], "learning rate is 'fast'; it must be a number from 0.0005 to 0.2."),
        (["--style-layer-weights", "1,2"], "it must be five numbers"),
        (["--network", "resnet"], "invalid choice: 'resnet'"),
        (["--content-layer", "conv4_4"], "no conv4_4 to compare"),
        (["--device", "quantum"], "There is no device quantum here"),
        (["-o", "out.xyz"], "names no picture format"),
        (["-o", "nowhere/out.png"], "There is no folder nowhere"),
        (["--log", "nowhere/log.csv"], "There is no folder nowhere"),
        (["--network", "vgg19", "--weights", "none.pth"], "There is no weights file none.pth"),
        (["--mix", "1;2"], "argument --mix: write it as numbers"),
        (["--frobnicate"], "unrecognized arguments: --frobnicate"),
        (["-o", ""], "argument -o/--output: the name is empty"),
        (["--mask", "https://example.org/mask.png"], "argument --mask: addresses are not fetched"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    photo_file, painting_file, tmp_path, monkeypatch, capsys, flags, sentence
):
    monkeypatch.chdir(tmp_path)
    try:
        code = main([str(photo_file), str(painting_file), *flags])
    except SystemExit as ended:
        code = ended.code
    printed = capsys.readouterr().err
    assert code == 2
    assert sentence in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


def test_pictures_that_are_none(photo_file, tmp_path, capsys):
    text = tmp_path / "notes.txt"
    text.write_text("not a picture")
    short = tmp_path / "short.png"
    short.write_bytes(photo_file.read_bytes()[:150])
    for file, sentence in [
        (text, "notes.txt is not a picture"),
        (short, "short.png is damaged or cut short"),
        (tmp_path / "none.jpg", "There is no file none.jpg"),
        (tmp_path, "is a folder"),
    ]:
        assert main([str(photo_file), str(file)]) == 2
        assert sentence in capsys.readouterr().err


SMALL = ["--size", 48, "--iterations", 4]


def test_several_styles_a_mask_and_a_time_lapse(photo, photo_file, painting_file, tmp_path):
    mask, out, lapse = tmp_path / "mask.png", tmp_path / "out.png", tmp_path / "lapse.webp"
    half = Image.new("L", photo.size, 0)
    half.paste(255, (0, 0, photo.width // 2, photo.height))
    half.save(mask)
    flags = ["--mix", "3,1", "--mask", mask, "--timelapse", lapse, "--json"]
    result = run(photo_file, painting_file, photo_file, "-o", out, *SMALL, *flags)
    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["size"] == [48, 32]
    assert record["settings"]["iterations"] == record["iterations"] == 4
    assert Image.open(lapse).n_frames > 1
    right = (40, 0, 48, 32)  # black in the mask
    want = photo.resize((48, 32), Image.Resampling.LANCZOS).crop(right)
    assert max(map(max, ImageChops.difference(want, Image.open(out).crop(right)).getextrema())) <= 1


def test_a_folder_is_painted_and_a_bad_file_in_it_passed_over(photo, painting_file, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    photo.save(folder / "a.png")
    (folder / "b.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("not one either")
    photo.save(folder / "c.png")
    result = run(folder, painting_file, "-o", out, *SMALL, "--json")
    assert result.returncode == 2
    assert sorted(f.name for f in out.iterdir()) == ["a.png", "c.png"]
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [set(line) & {"skipped", "error", "output"} for line in said] == [
        {"skipped"}, {"output"}, {"error"}, {"output"}
    ]  # fmt: skip
    assert "b.jpg is not a picture" in said[2]["error"]
    assert "2 painted, 1 skipped (notes.txt), 1 failed (b.jpg)." in result.stderr


def test_settings_come_from_a_picture_and_flags_win(photo_file, painting_file, tmp_path):
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    assert run(photo_file, painting_file, "-o", first, *SMALL, "--style-weight", 7).returncode == 0
    flags = ["--settings-from", first, "--iterations", 3, "--keep-colors"]
    result = run(photo_file, painting_file, "-o", second, *flags)
    assert result.returncode == 0, result.stderr
    record = json.loads(Image.open(second).info["stylize"])["stylize"]
    assert (record["style_weight"], record["size"], record["iterations"]) == (7, 48, 3)
    assert record["keep_colors"] is True
    result = run(photo_file, painting_file, "-o", first, "--settings-from", second, "--no-keep-colors")
    assert json.loads(Image.open(first).info["stylize"])["stylize"]["keep_colors"] is False


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["PHOTO", "STYLE", "STYLE", "--mix", "1,2,3"], "--mix has 3 weights for 2 styles"),
        (["PHOTO", "STYLE", "STYLE", "--mix", "1,-1"], "weight above 0"),
        (["PHOTO", "STYLE", "STYLE", "--mix", "inf,1"], "weight above 0"),
        (["PHOTO", "STYLE", "--mix", "1"], "--mix is for several styles"),
        (["PHOTO", "STYLE", "--weights", "STYLE"], "--weights does nothing for the lite network"),
        (["PHOTO", "STYLE", "--resume"], "--resume is for a folder"),
        (["PHOTO", "STYLE", "--settings-from", "STYLE"], "carries no settings"),
        (["PHOTO", "STYLE", "--timelapse", "lapse.avi"], "cannot be written as lapse.avi"),
        (["FOLDER", "STYLE"], "needs a folder for its paintings"),
        (["FOLDER", "STYLE", "--log", "a.csv"], "are for one content"),
    ],
    ids=str,
)
def test_extras_that_cannot_be_served_are_one_sentence(
    arguments, sentence, photo_file, painting_file, tmp_path, capsys
):
    places = {"PHOTO": photo_file, "STYLE": painting_file, "FOLDER": tmp_path}
    flags = ["-o", str(tmp_path / "out.png"), *map(str, SMALL)]
    assert main([str(places.get(a, a)) for a in arguments] + flags) == 2
    assert sentence in capsys.readouterr().err
