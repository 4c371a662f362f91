# mypy: disable-error-code="override"
"""The page as gradio runs it: what comes in is checked, what goes out is its visitor's, what fails is a sentence."""

import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import gradio as gr
from gradio_client.exceptions import AppError

from stylize import StylizeError
from stylize.errors import quoted

from .guard import visitors
from .visits import uploads

KINDS: dict[str, tuple[tuple[type, ...], str]] = {  # by JSON's names, as the components' descriptions have them
    "number": ((int, float), "a number"),
    "integer": ((int,), "a whole number"),
    "string": ((str,), "a text"),
    "boolean": ((bool,), "true or false"),
    "object": ((dict,), "an uploaded file"),
}
LONGEST = 300  # characters of gradio's own sentences, which repeat what was sent

_visitor: ContextVar[str] = ContextVar("visitor")  # whose call is answered


def sentence_of(error: Exception) -> str:
    """What a visitor is told of an error."""
    if isinstance(error, StylizeError):
        return str(error)
    if uploads.is_full(error):
        return str(uploads.FULL)
    return "This could not be answered; reload the page, and try again."


class Guarded(gr.Blocks):
    """gr.Blocks for the public."""

    async def process_api(self, block_fn: Any, inputs: Any, *, request: Any, **named: Any) -> Any:
        _visitor.set(visitors.visitor(getattr(request, "request", request).scope))
        try:
            if any(event == "select" for _, event in block_fn.targets):
                _check_selection(named["event_data"])
            return await super().process_api(block_fn, inputs, request=request, **named)
        except AppError:
            raise
        except Exception as error:
            if not isinstance(error, StylizeError):
                traceback.print_exc()
            raise _refused(sentence_of(error)) from None

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *more: Any, **named: Any) -> list[Any]:
        for block, value in zip(block_fn.inputs, inputs, strict=False):
            if not block.stateful:
                _check(block, value)
        try:
            return await super().preprocess_data(block_fn, inputs, *more, **named)
        except AppError as error:  # out of range, or not among the choices
            raise _refused(str(error.message)[:LONGEST]) from None
        except Exception:
            raise _refused("A value is none that this function takes; the page's footer leads to them.") from None

    async def postprocess_data(self, *more: Any, **named: Any) -> Any:
        data = await super().postprocess_data(*more, **named)
        for path in _files(data):
            uploads.give(path, _visitor.get())
        return data


def _refused(sentence: str) -> gr.Error:
    return gr.Error(sentence, print_exception=False)


def _check(block: Any, value: Any) -> None:
    """Raises gr.Error for a value of another kind than a component has. Only an index may not be left out."""
    kind = str(block.api_info().get("type"))
    if kind in KINDS and type(value) not in KINDS[kind][0] and (value is not None or kind == "integer"):
        raise _refused(f"{block.elem_id or 'A value'} is {quoted(value)}; it must be {KINDS[kind][1]}.")


def _check_selection(event_data: Any) -> None:
    index = event_data._data.get("index") if isinstance(event_data._data, dict) else None
    if type(index) is not int:
        raise _refused(f"The selection is {quoted(index)}; it must be a whole number.")


def _files(data: Any) -> Iterator[Path]:
    """Of an answer, however deep in it."""
    if isinstance(data, dict):
        if isinstance(data.get("path"), str):
            yield Path(data["path"]).resolve()
        data = list(data.values())
    if isinstance(data, list | tuple):
        for item in data:
            yield from _files(item)
