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


def test_a_bad_limit_ends_the_program_without_a_traceback():
    environment = os.environ | {"STYLIZE_MAX_PIXELS": "1k"}
    command = [sys.executable, "-m", "stylize", "--help"]
    ended = subprocess.run(command, cwd=Path(__file__).parents[1], env=environment, capture_output=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"stylize: STYLIZE_MAX_PIXELS is ")
    assert ended.stderr.count(b"\n") == 1
