"""What programs call: an endpoint that streams, and one call for one picture, which is the MCP tool too."""

import inspect
from collections.abc import Iterator
from typing import Any

from stylize.settings import SPECS

from . import limits
from .form import NAMES, telling, weight_of
from .handlers import prepare
from .sessions import Run


def api_stylize(content: str | None, style: str | None, *values: Any) -> Iterator[tuple[str, str, str]]:
    """Paint `content` in the manner of `style`, streaming.

    Yields (picture, losses, file): a JPEG as the painting grows, its last value a PNG with the settings inside;
    one line about it; and the PNG once more.
    """
    with telling():
        run = prepare(content, style, None, 0, None, "", [*values[:-1], *(values[-1] or ())])
        try:
            for _ in run.frames():
                picture = run.frame()
                yield picture, _line(run), picture
            png = str(run.png())
            yield png, _line(run), png
        finally:
            run.close(keep_files=limits.KEPT_SECONDS)


def _line(run: Run) -> str:
    step = run.step
    assert step is not None
    told = f"content loss {step.content_loss:.4g} · style loss {step.style_loss:.4g}"
    return f"{step.iteration}/{step.iterations} iterations · {told}" + (f" · {run.note}" if run.note else "")


# The endpoint's parameters are the settings by name, so that a client can leave out what it does not change.
_parameters = ["content", "style", *NAMES, "style_layer_weights"]
api_stylize.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in _parameters]
)


def paint_picture(content: str, style: str, strength: float = 0, size: int = 512) -> str:
    """Paint a photo in the manner of a painting, and return the finished picture.

    Args:
        content: the photo
        style: the painting whose manner it takes
        strength: from -4 (a hint of the style) to 4 (almost nothing but style)
        size: longer side of the result in pixels
    """
    values = {name: SPECS[name]["default"]["live"] for name in NAMES}
    values |= {"size": size, "style_weight": weight_of(strength, "live")}
    layers = SPECS["style_layer_weights"]["default"]["live"]
    *_, (picture, _, _) = api_stylize(content, style, *values.values(), layers)
    return picture
