"""Limits from the environment: wrong ones end the program in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stylize.environment import limit


@pytest.mark.parametrize("value", ["1k", "0", "-5", "1e6", "nan", "🙂"])
def test_a_bad_limit_in_the_environment_is_one_sentence(value, monkeypatch):
    monkeypatch.setenv("STYLIZE_MAX_PIXELS", value)
    with pytest.raises(SystemExit, match=r"stylize: STYLIZE_MAX_PIXELS is .*; it must be a whole number above 0\."):
        limit("MAX_PIXELS", 5)


@pytest.mark.parametrize(("value", "want"), [("", 5), (" ", 5), ("7", 7), (" 7\n", 7), ("1_000", 1000)])
def test_a_limit_that_is_empty_is_not_set(value, want, monkeypatch):
    monkeypatch.setenv("STYLIZE_MAX_PIXELS", value)
    assert limit("MAX_PIXELS", 5) == want


@pytest.mark.slow
def test_under_low_limits_the_pages_own_values_are_allowed():
    code = """
import gradio
from stylize import Settings
from stylize.page import api, form, layout
with gradio.Blocks():
    ui = layout.components()
form.settings_of({name: ui[name].value for name in form.CONTROLS})
form.settings_of(form.controls_at(Settings(recipe="reference")))
print(ui["size"].value, ui["iterations"].value, api.paint_picture.__defaults__[1])
"""
    low = {"STYLIZE_MAX_SIZE": "128", "STYLIZE_MAX_ITERATIONS": "50"}
    ended = subprocess.run([sys.executable, "-c", code], env=os.environ | low, capture_output=True, text=True)
    assert ended.stdout == "128 50 128\n", ended.stderr


def test_a_bad_limit_ends_the_program_without_a_traceback():
    environment = os.environ | {"STYLIZE_MAX_PIXELS": "1k"}
    command = [sys.executable, "-m", "stylize", "--help"]
    ended = subprocess.run(command, cwd=Path(__file__).parents[1], env=environment, capture_output=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"stylize: STYLIZE_MAX_PIXELS is ")
    assert ended.stderr.count(b"\n") == 1


def test_an_address_that_cannot_be_listened_at_is_one_sentence(monkeypatch):
    from stylize.page import __main__, launch

    def serve(*_, **__):
        raise OSError("Cannot find empty port in range: 7-7. You can specify a different port by setting the variable")

    monkeypatch.setattr(launch, "serve", serve)
    monkeypatch.setattr(sys, "argv", ["stylize-page", "--port", "7"])
    with pytest.raises(SystemExit, match=r"choose another --port, or a --host of this machine\.$"):
        __main__.main()
