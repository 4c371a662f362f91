"""Whether a release of Gradio fits, in ten seconds: its private names, one painting by a program, one in a browser."""

import gradio_client
from PIL import Image

from stylize.page.guard import internals


def test_the_private_names_are_there(url):
    from stylize.page.wiring import build

    page = build()
    assert [rule for rule in internals.RULES if not internals.holds(rule, page)] == []


def test_a_program_paints(url, photo_file, painting_file):
    client = gradio_client.Client(url, verbose=False)
    pictures = [gradio_client.handle_file(file) for file in (photo_file, painting_file)]
    job = client.submit(*pictures, size=64, iterations=30, api_name="/stylize")
    frames = list(job)
    assert len(frames) > 1  # it streams
    assert Image.open(frames[-1][2]).info["stylize"]


def test_a_browser_paints(visit, photo_file, painting_file):
    visitor = visit(query="?size=64&iterations=60")
    visitor.choose(photo_file, painting_file)
    visitor.paint()
    assert len(visitor.frames) > 1
