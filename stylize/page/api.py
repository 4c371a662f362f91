"""The endpoints for programs: one that streams, and one that returns a picture, which is also the MCP tool."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr

from stylize import Settings, StylizeError

from . import form, limits
from .events import explained
from .texts.i18n import FALLBACK, say
from .visits.inputs import Inputs
from .visits.runs import Run

File = dict[str, Any]  # an uploaded file as Gradio's clients name it: {"path": ...}


def stylize(content: File, style: File, **settings: Any) -> Iterator[tuple[str, str, str]]:
    """Paint `content` in the style of `style`, streaming.

    Yields (picture, losses, file): a JPEG as the painting grows, its last value a PNG with the settings inside;
    one line about it; and the PNG once more.
    """
    try:
        run = Run(Inputs(_path(content), _path(style)), form.settings_of(settings))
        try:
            with closing(run.frames()) as frames:
                for _ in frames:
                    picture = run.streamed()
                    yield picture, _line(run), picture
            png = run.png()
            yield png, _line(run), png
        finally:
            run.pack()  # its files stay until they are swept, for the caller to fetch
    except Exception as error:
        raise gr.Error(str(explained(error)), print_exception=False) from None


def paint_picture(content: File, style: File, strength: float = 0, size: int = min(512, limits.MAX_SIZE)) -> str:
    """Paint a photo in the style of a painting, and return the finished picture.

    Args:
        content: the photo (through MCP a data: URL)
        style: the painting whose style it takes (likewise)
        strength: from -4 (a hint of the style) to 4 (almost nothing but style)
        size: longer side of the result in pixels
    """
    defaults = limits.capped({"iterations": Settings().iterations})
    *_, (picture, _, _) = stylize(content, style, strength=strength, size=size, **defaults)
    return picture


def _path(file: File | None) -> str:
    return str((file or {}).get("path") or "")


def _line(run: Run) -> str:
    step = run.step
    assert step is not None
    losses = f"content loss {step.content_loss:.4g} · style loss {step.style_loss:.4g}"
    line = f"{step.iteration}/{step.iterations} iterations · {losses}"
    if not run.note:
        return line
    return f"{line} · {run.note if isinstance(run.note, StylizeError) else say(FALLBACK, run.note)}"
