"""The command line: two pictures become a painting, and whatever is wrong with a call is one sentence."""

import csv
import json

import pytest
from PIL import Image, ImageChops, PngImagePlugin

from stylize import StylizeError
from stylize.cli import paint as painter
from stylize.cli.flags import parser
from stylize.cli.main import main
from stylize.pictures import images
from stylize.settings import SPECS

SMALL = ["--size", "48", "--iterations", "3"]


def paint(*arguments):
    return main([*map(str, arguments), *SMALL])


def settings_in(path):
    return json.loads(Image.open(path).info["stylize"])["stylize"]


def test_two_pictures_become_a_painting_with_its_settings_inside(here):
    assert paint("photo.png", "style.png", "--style-weight", 3, "--log", "log.csv") == 0
    assert Image.open("out.png").size == (48, 32)
    record = settings_in("out.png")
    assert (record["iterations"], record["style_weight"], record["network"]) == (3, 3.0, "lite")
    with open("log.csv") as log:
        rows = list(csv.DictReader(log))
    assert [int(row["iteration"]) for row in rows] == [0, 1, 2]
    assert {"size", "seconds", "content_loss", "style_loss", "total_loss"} <= set(rows[0])
    assert {row["size"] for row in rows} == {"48"}


def test_several_styles_a_mask_and_a_time_lapse(here, photo, capsys):
    half = Image.new("L", photo.size, 0)
    half.paste(255, (0, 0, photo.width // 2, photo.height))
    half.save("mask.png")
    flags = ["--mix", "3,1", "--mask", "mask.png", "--timelapse", "lapse.webp", "--json"]
    assert paint("photo.png", "style.png", "photo.png", *flags) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["size"] == [48, 32]
    assert record["settings"]["iterations"] == record["iterations"] == 3
    assert Image.open("lapse.webp").n_frames > 1
    right = (40, 0, 48, 32)  # black in the mask
    want = photo.resize((48, 32), Image.Resampling.LANCZOS).crop(right)
    assert max(map(max, ImageChops.difference(want, Image.open("out.png").crop(right)).getextrema())) <= 1


def test_settings_come_from_a_picture_and_flags_win(here, quick):
    assert paint("photo.png", "style.png", "-o", "first.png", "--style-weight", 7) == 0
    flags = ["-o", "second.png", "--settings-from", "first.png", "--iterations", "2", "--keep-colors"]
    assert main(["photo.png", "style.png", *flags]) == 0
    record = settings_in("second.png")
    assert (record["style_weight"], record["size"], record["iterations"], record["keep_colors"]) == (7, 48, 2, True)
    assert main(["photo.png", "style.png", "--settings-from", "second.png", "--no-keep-colors"]) == 0
    assert settings_in("out.png")["keep_colors"] is False


def test_every_setting_is_a_flag_with_help_which_every_code_page_can_print():
    text = parser().format_help()
    assert text.isascii()
    for name in SPECS:
        assert "--" + name.replace("_", "-") in text


WRONG = {
    "--size 9": "size is 9; it must be a whole number from 32 to 4096.",
    "--size nan": "size is nan; it must be a whole number",
    "--iterations 2.5": "iterations is 2.5; it must be a whole number",
    "--learning-rate fast": "learning rate is 'fast'; it must be a number from 0.0005 to 0.2.",
    "--style-layer-weights 1,2": "it must be five numbers",
    "--network resnet": "invalid choice: 'resnet'",
    "--content-layer conv4_4": "no conv4_4 to compare; choose one of conv1_1,",
    "--device quantum": "There is no device quantum here",
    "-o out.xyz": "names no picture format",
    "-o nowhere/out.png": "There is no folder nowhere",
    "-o photo.png/x.png": "There is no folder photo.png",
    "-o x": "names no picture format",
    "-o dir.png": "dir.png is a folder although it is called like a picture",
    "--log nowhere/log.csv": "There is no folder nowhere",
    "--timelapse lapse.avi": "cannot be written as lapse.avi",
    "--network vgg19 --weights none.pth": "There is no weights file none.pth",
    "--weights style.png": "--weights does nothing for the lite network",
    "--mix 1;2": "argument --mix: write it as numbers",
    "--mix 1": "--mix is for several styles",
    "style.png --mix 1,2,3": "--mix has 3 weights for 2 styles",
    "style.png --mix inf,1": "weight above 0",
    "style.png --mask rest": "mask",
    "style.png --mask mask.png --mask mask.png --mask mask.png": "mask",
    "--frobnicate": "unrecognized arguments: --frobnicate",
    "-o ": "argument -o/--output: the name is empty",
    "--mask https://example.org/mask.png": "argument --mask: addresses are not fetched",
    "--resume": "--resume is for a folder",
    "--workers 2": "are for a folder",
    "--dask tcp://127.0.0.1:1": "are for a folder",
    "--settings-from style.png": "style.png carries no settings",
    "none.jpg": "There is no file none.jpg",
    "notes.txt": "notes.txt is not a picture",
    "short.png": "short.png is damaged or cut short",
    ".": ". is a folder",
}


@pytest.mark.parametrize(("flags", "sentence"), WRONG.items(), ids=WRONG)
def test_bad_input_is_one_sentence_and_exit_code_2_before_anything_is_painted(
    flags, sentence, here, monkeypatch, capsys
):
    Image.new("L", (96, 64), 255).save("mask.png")
    (here / "dir.png").mkdir()
    (here / "notes.txt").write_text("not a picture")
    (here / "short.png").write_bytes((here / "photo.png").read_bytes()[:150])
    try:
        code = main(["photo.png", "style.png", *flags.split(" ")])
    except SystemExit as ended:
        code = ended.code
    printed = capsys.readouterr().err
    assert code == 2
    assert sentence in printed
    assert printed.count("\n") == 1
    assert not (here / "out.png").exists()


def test_flags_that_do_not_fit_a_folder_are_one_sentence(here, capsys):
    for flags, sentence in (
        ("-o out.png", "needs a folder for its paintings"),
        ("-o out.png --log a.csv", "are for one content"),
        ("-o out --workers 2 --dask tcp://127.0.0.1:1", "leave one out"),
    ):
        assert paint(".", "style.png", *flags.split()) == 2
        assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("found", ["[]", '"x"', "5", "null"])
def test_settings_of_another_shape_are_none(found, here):
    (info := PngImagePlugin.PngInfo()).add_text("stylize", f'{{"stylize": {found}}}')
    Image.new("RGB", (9, 9)).save("old.png", pnginfo=info)
    with pytest.raises(StylizeError, match=r"old\.png carries no settings"):
        images.read_record("old.png")


# ---- what is said about settings and masks


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--seed 3", "--seed changes nothing: only --init noise draws anything at random."),
        ("--content-weight 0 --content-layer conv2_1", "--content-layer changes nothing: the content weight is 0."),
        ("--style-weight 5 --style-layer-weights 0,0,0,0,0", "--style-weight changes nothing: the weights of all"),
        ("--style-weight 0 --early-stop", "--early-stop changes nothing"),
        ("--style-weight 0 --strength 2 --recipe reference --network lite", "--strength changes nothing"),
        ("--style-weight 0 --recipe reference --network lite", "all weights of the style are 0"),
        ("--seed 3 --init noise", None),
        ("--style-weight 0 --strength 2", None),
        ("--style-layer-weights 0,0,0,0,1 --strength 2 --early-stop --style-weight 4", None),
    ],
)
def test_settings_that_change_nothing_are_said(flags, said, here, quick, capsys):
    assert paint("photo.png", "style.png", *flags.split()) == 0
    printed = capsys.readouterr().err
    assert said in printed if said else printed.count("\n") == 1


def test_a_mask_of_another_shape_is_stretched_and_said(here, quick, capsys):
    Image.new("L", (30, 90), 255).save("mask.png")
    assert paint("photo.png", "style.png", "--mask", "mask.png") == 0
    assert "the mask has another shape than the content, and is stretched" in capsys.readouterr().err


def test_masks_are_given_to_the_styles_in_their_order_and_rest_is_none(here, quick, monkeypatch):
    given = []
    monkeypatch.setattr(painter, "stylize", lambda *a, **more: given.append(more) or quick(*a, **more))
    Image.new("L", (96, 64), 255).save("left.png")
    assert paint("photo.png", "style.png", "style.png", "--mask", "rest", "--mask", "left.png") == 0
    assert [mask and mask.getextrema() for mask in given[0]["masks"]] == [None, (255, 255)]
