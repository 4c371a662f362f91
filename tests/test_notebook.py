"""Notebooks: a step shows itself as its picture, also where an event loop runs."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from stylize import Settings, stylize


@pytest.mark.parametrize("keep_colors", [True, False])
def test_a_step_is_shown_as_its_picture_inside_a_running_event_loop(photo, painting, keep_colors):
    async def cell():
        return list(stylize(photo, painting, Settings(size=32, iterations=3, keep_colors=keep_colors)))

    with ThreadPoolExecutor(1) as thread:  # of its own: the browser's tests leave a loop running in this one
        steps = thread.submit(asyncio.run, cell()).result()
    for step in steps:
        shown = Image.open(io.BytesIO(step._repr_png_()))
        assert shown.format == "PNG"
        assert shown.tobytes() == step.picture.tobytes()


def test_the_page_shows_no_frame_in_a_notebook_since_the_guard_refuses_frames():
    from stylize.page import launch

    assert launch.launch_options()["inline"] is False
