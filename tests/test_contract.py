"""Whether a release of Gradio fits, in ten seconds: its private names, one painting by a program, one in a browser."""

import os

import gradio_client
import pytest
from PIL import Image

from stylize.page.guard import internals
from stylize.pictures import sandbox

from .visitor import Visitor


def test_the_private_names_are_there(demo):
    assert [rule for rule in internals.RULES if not internals.holds(rule, demo)] == []


def test_a_program_paints(demo, photo_file, painting_file, monkeypatch):
    monkeypatch.setattr(sandbox, "HAS_LIMITS", os.name == "posix")  # uploads are decoded in child processes
    client = gradio_client.Client(demo.local_url, verbose=False)
    pictures = [gradio_client.handle_file(file) for file in (photo_file, painting_file)]
    job = client.submit(*pictures, size=64, iterations=30, api_name="/stylize")
    frames = list(job)
    assert len(frames) > 1  # it streams
    assert Image.open(frames[-1][2]).info["stylize"]


@pytest.mark.slow  # test_page.py has more than this, in its own browser
def test_a_browser_paints(browser, demo, photo_file, painting_file):
    visitor = Visitor(browser, demo.local_url)
    visitor.choose(content=photo_file, style=painting_file)
    visitor.paint(iterations=60)
    assert len(visitor.frames) > 1
    assert visitor.complaints() == []
    visitor.close()
