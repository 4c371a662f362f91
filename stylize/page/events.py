"""Bind handlers to events: inputs and outputs are named components, and an error becomes a notice."""

import errno
import functools
import inspect
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from stylize import StylizeError

from . import cards, limits, notices
from .form import CONTROLS
from .visits import sessions
from .visits.storage import DISK_FULL

PAINT_POOL: dict[str, Any] = {"concurrency_limit": limits.AT_ONCE, "concurrency_id": "paint"}
# Gradio's own progress is not shown: page.js reads the place in the queue from it.
PAINT_QUEUE: dict[str, Any] = PAINT_POOL | {"show_progress": "minimal", "trigger_mode": "multiple"}
TOOLS_QUEUE: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "tools", "show_progress": "hidden"}
UNQUEUED: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
PICTURES = ("content", "style", "second_style")
INPUTS = (*PICTURES, "mix", "region")
SETTLED = (*INPUTS, *CONTROLS)
UNEXPECTED = StylizeError("Something went wrong on the server; reload the page and try again.")


class Events:
    """Binds handlers to the events of the components `ui`."""

    def __init__(self, ui: dict[str, Any]) -> None:
        self.ui = ui

    def on(
        self, event: Any, handler: Callable[..., Any], inputs: Iterable[str], outputs: Iterable[str], **more: Any
    ) -> Any:
        """Call `handler` with the request and the named inputs, and show its answer in the named outputs."""
        outputs = dict.fromkeys([*outputs, "notice"])
        given = {name: self.ui[name] for name in inputs}
        shown = [self.ui[name] for name in outputs]
        call = _with_names(handler, {name: self.ui[name] for name in outputs})
        # Gradio's default drops what is pressed while an answer to the same event is on its way.
        more = {**PRIVATE, "trigger_mode": "always_last", "inputs_kwargs": given, **more}
        if more.get("show_progress") == "minimal":
            more["show_progress_on"] = self.ui["place"]  # an answer of another event to it would hide it
        if isinstance(event, list):  # as one listener, so that the newest answer is the one that stays
            return gr.on(event, call, None, shown, **more)
        return event(call, None, shown, **more)

    def settle(
        self, since: str, event: Any, handler: Callable[..., Any], inputs: Iterable[str], *outputs: str, **more: Any
    ) -> Any:
        """Do as `on`, for an answer that sets INPUTS or CONTROLS: those that the visitor touched meanwhile stay.

        `since`: the component that was pressed; "": meanwhile begins when the page was opened.
        """

        @functools.wraps(handler)
        def packed(*arguments: Any, **named: Any) -> dict[str, Any]:
            answer = handler(*arguments, **named)
            values = {name: answer.pop(name) for name in SETTLED if name in answer}
            files = {name: file_value(values[name]) for name in PICTURES if values.get(name)}
            return answer | {"settled": json.dumps(values | files)}

        answered = self.on(event, packed, inputs, ("settled", *outputs), **more)
        shown = [self.ui[name] for name in ("settled", *SETTLED)]
        js = f"answer => stylize.settle({json.dumps(since)}, {json.dumps(SETTLED)}, answer)"
        return answered.then(None, self.ui["settled"], shown, js=js, **PRIVATE)


def file_value(path: str) -> dict[str, Any]:
    """A served file as the value of gr.Image in the browser."""
    return {"path": path, "url": cards.url(path), "orig_name": Path(path).name, "meta": {"_type": "gradio.FileData"}}


def _with_names(handler: Callable[..., Any], outputs: dict[str, Any]) -> Callable[..., Any]:
    """Adapt a handler to Gradio: the names in its answers become components, its errors a notice on the page.

    Every handler takes the request first. It answers with one dictionary, or is a generator of them.
    """

    @functools.wraps(handler)  # Gradio reads the handler's annotations, to hand over the request
    def stream(request: gr.Request, *arguments: Any, **named: Any) -> Iterator[dict[Any, Any]]:
        try:
            answers = handler(request, *arguments, **named)
            for answer in [answers] if isinstance(answers, dict) else answers:
                yield components_of(answer)
            # At the end of a generator Gradio sends its last answer again, which may be outdated by then, or empties
            # all outputs where there was none.
            yield components_of({})
        except Exception as error:
            yield components_of(notices.failed(sessions.find_or_none(request), explained(error), outputs))

    def components_of(answer: dict[str, Any]) -> dict[Any, Any]:
        named = {outputs[name]: value for name, value in answer.items() if name in outputs}
        return named or {outputs["notice"]: gr.skip()}

    @functools.wraps(handler)
    def once(*arguments: Any, **named: Any) -> dict[Any, Any]:
        return next(stream(*arguments, **named))

    return stream if inspect.isgeneratorfunction(handler) else once


def explained(error: Exception) -> StylizeError:
    """Convert any exception to a StylizeError: one sentence for people. What is unexpected is logged."""
    if isinstance(error, StylizeError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    logging.getLogger("stylize").error("A handler failed.", exc_info=error)
    return UNEXPECTED
