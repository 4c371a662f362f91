"""Handlers by name: an event's inputs and outputs are names of components, and an error becomes a notice."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any

import gradio as gr

from stylize import StylizeError

from . import views
from .painting import MissingWeightsError
from .texts.i18n import FALLBACK, translated
from .visits import sessions, uploads

PAINT_POOL: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "paint"}
# Gradio's own progress is not shown: page.js reads the place in the queue from it.
PAINT_QUEUE: dict[str, Any] = PAINT_POOL | {"show_progress": "minimal", "trigger_mode": "multiple"}
TOOLS_QUEUE: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "tools", "show_progress": "hidden"}
UNQUEUED: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
LATEST_ONLY: dict[str, Any] = {"trigger_mode": "always_last"}
Answer = dict[str, Any]


class Events:
    """Binds handlers to the events of the components `ui`."""

    def __init__(self, ui: dict[str, Any]) -> None:
        self.ui = ui

    def on(
        self, event: Any, handler: Callable[..., Any], inputs: Iterable[str], outputs: Iterable[str], **more: Any
    ) -> Any:
        """Call `handler` with the named inputs, and show its answer in the named outputs."""
        outputs = dict.fromkeys([*outputs, "notice"])
        given = {name: self.ui[name] for name in inputs}
        shown = [self.ui[name] for name in outputs]
        call = _by_name(handler, {name: self.ui[name] for name in outputs})
        more = {"api_visibility": "private", "inputs_kwargs": given, **more}
        if more.get("show_progress") == "minimal":
            more["show_progress_on"] = self.ui["status"]
        if isinstance(event, list):  # as one listener, so that the newest answer is the one that stays
            return gr.on(event, call, None, shown, **more)
        return event(call, None, shown, **more)


def _by_name(handler: Callable[..., Any], outputs: dict[str, Any]) -> Callable[..., Any]:
    """The handler, its answer's names replaced by components, and its errors by a notice."""

    def shown(answer: Answer, request: gr.Request | None) -> dict[Any, Any]:
        if isinstance(answer.get("notice"), StylizeError):
            answer = answer | _failed(answer["notice"], request, outputs)
        named = {outputs[name]: value for name, value in answer.items() if name in outputs}
        return named or {outputs["notice"]: gr.skip()}

    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(*arguments: Any, **named: Any) -> Iterator[dict[Any, Any]]:
            request = _request(arguments, named)
            try:
                with closing(handler(*arguments, **named)) as answers:
                    for answer in answers:
                        yield shown(answer, request)
            except (StylizeError, OSError) as error:
                yield shown(_failed(uploads.told(error), request, outputs), None)

        return stream

    @functools.wraps(handler)
    def once(*arguments: Any, **named: Any) -> dict[Any, Any]:
        request = _request(arguments, named)
        try:
            return shown(handler(*arguments, **named), request)
        except (StylizeError, OSError) as error:
            return shown(_failed(uploads.told(error), request, outputs), None)

    return once


def _failed(error: StylizeError, request: gr.Request | None, outputs: dict[str, Any]) -> Answer:
    """A notice, with a way out where there is one; a handler that paints also gives the buttons back."""
    try:
        visit = sessions.find(request) if request else None
    except StylizeError:
        visit = None
    language = visit.language if visit else FALLBACK
    actions = ("paint_download", "paint_lite") if isinstance(error, MissingWeightsError) else ()
    told = {"notice": views.notice(translated(error, language), language, actions)}
    if visit and "stop" in outputs and visit.active is None:
        visit.waiting = False
        try:
            return views.finished(visit) | told
        except OSError:  # the disk is full
            return views.empty(visit) | told
    return told


def _request(arguments: tuple[Any, ...], named: dict[str, Any]) -> gr.Request | None:
    return next((value for value in (*arguments, *named.values()) if isinstance(value, gr.Request)), None)
