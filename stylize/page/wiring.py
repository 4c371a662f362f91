"""What calls what: each event of the page, with its inputs and outputs by name."""

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gradio as gr

from stylize.settings import MID_RUN, SPECS

from . import api, form, handlers, limits, views
from .failures import explained
from .form import CONTROLS, LAYER_NAMES
from .layout import TABS, Ui, components
from .visits import sessions

INPUTS = ("content", "style", "second_style", "mix", "region", "region_use")
LOOKED_AT = ("content", "style", "region", *CONTROLS)
LOOKED = ("content", "style", "paint", "previews", "status", "expected")
COSTLY = ("size", "iterations", "network", "recipe")  # what the expected time hangs on
POOL: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "paint"}
# gradio's own progress is read by page.js, which says the place in the queue in words, and is not shown.
QUEUED: dict[str, Any] = POOL | {"show_progress": "minimal", "trigger_mode": "multiple"}
TOOL: dict[str, Any] = {"concurrency_limit": 2, "concurrency_id": "tools", "show_progress": "hidden"}
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
NEWEST: dict[str, Any] = {"trigger_mode": "always_last"}
DICE = "() => Math.floor(Math.random() * 2147483647)"


def build() -> gr.Blocks:
    """The page, not yet launched."""
    with gr.Blocks(title="stylize", analytics_enabled=False) as demo:
        page = _Page(components())
        _come_and_go(demo, page)
        _paint(page)
        _settings(demo, page)
        _tools(page)
        _endpoints(page.ui)
    return demo.queue(api_open=False, max_size=limits.MAX_QUEUE, default_concurrency_limit=4)


class _Page:
    def __init__(self, ui: Ui) -> None:
        self.ui = ui

    def on(
        self, event: Any, handler: Callable[..., Any], inputs: Iterable[str], outputs: Iterable[str], **more: Any
    ) -> Any:
        """Call `handler` with the request and the named inputs; what it answers is shown in the named outputs."""
        outputs = dict.fromkeys([*outputs, "notice"])
        given = {name: self.ui[name] for name in inputs}
        shown = [self.ui[name] for name in outputs]
        call = _with_names(handler, {name: self.ui[name] for name in outputs})
        more = {"api_visibility": "private", "inputs_kwargs": given, **more}
        if more.get("show_progress") == "minimal":
            more["show_progress_on"] = self.ui["status"]
        if isinstance(event, list):  # as one listener: the newest answer is the one that stays
            return gr.on(event, call, None, shown, **more)
        return event(call, None, shown, **more)


def _with_names(handler: Callable[..., Any], outputs: Ui) -> Callable[..., Any]:
    """A handler as Gradio calls it: its answers' names become components, its errors a notice on the page.

    Every handler takes the request first. It answers with one dictionary, or is a generator of them.
    """

    @functools.wraps(handler)  # Gradio reads the handler's annotations, to hand over the request
    def stream(request: gr.Request, *arguments: Any, **named: Any) -> Iterator[dict[Any, Any]]:
        try:
            answers = handler(request, *arguments, **named)
            for answer in [answers] if isinstance(answers, dict) else answers:
                yield components_of(answer)
        except Exception as error:
            yield components_of(views.failed(sessions.find_or_none(request), explained(error), outputs))

    def components_of(answer: dict[str, Any]) -> dict[Any, Any]:
        named = {outputs[name]: value for name, value in answer.items() if name in outputs}
        return named or {outputs["notice"]: gr.skip()}

    @functools.wraps(handler)
    def once(*arguments: Any, **named: Any) -> dict[Any, Any]:
        return next(stream(*arguments, **named))

    return stream if inspect.isgeneratorfunction(handler) else once


def _come_and_go(demo: gr.Blocks, page: _Page) -> None:
    arriving = (*views.RESULT, *INPUTS, *CONTROLS)
    page.on(demo.load, handlers.arrive, ("token", "language"), arriving, js="() => stylize.arrive()", **QUICK)
    demo.unload(handlers.leave)
    spoken = (*views.RESULT, *(f"tab_{name}" for name in TABS))
    again = page.on(page.ui["language"].change, handlers.speak, ("language", "content", "style"), spoken, **QUICK)
    page.on(again.then, handlers.look, LOOKED_AT, LOOKED, **QUICK)


def _paint(page: _Page) -> None:
    """Each button that paints: what is at work ends, the page says so at once, then the turn comes."""
    ui = page.ui
    values = (*INPUTS, *CONTROLS)
    started = ("turn", "status", *views.BUTTONS, "from_here", "tabs")
    loops = []
    for button, handler, inputs, outputs in (
        (ui["paint"].click, handlers.paint, ("turn", "download", *values), views.RESULT),
        (ui["more"].click, handlers.go_on, ("turn", *CONTROLS), views.RESULT),
        (ui["from_here"].click, handlers.from_here, ("turn", "frame", *CONTROLS), views.RESULT),
    ):
        begun = page.on(button, handlers.begin, (), started, trigger_mode="multiple", **QUICK)
        loops.append(page.on(begun.then, handler, inputs, outputs, **QUEUED))
    begun = page.on(ui["previews"].click, handlers.begin_sheet, (), started, trigger_mode="multiple", **QUICK)
    loops.append(page.on(begun.then, handlers.sheet, ("turn", *values), (*views.RESULT, "sheet"), **QUEUED))
    picked = page.on(ui["sheet"].select, handlers.picked, (), ("strength", *started), **QUICK)
    loops.append(page.on(picked.then, handlers.paint, ("turn", "download", *values), views.RESULT, **QUEUED))
    page.on(ui["stop"].click, handlers.stop, (), views.RESULT, cancels=loops, **QUICK)


def _settings(demo: gr.Blocks, page: _Page) -> None:
    ui = page.ui
    page.on(ui["recipe"].input, handlers.recipe, ("recipe",), CONTROLS, **QUICK)
    for name in form.PRESETS:
        page.on(ui[f"preset_{name}"].click, _preset(name), (), CONTROLS, **QUICK)
    ui["dice"].click(None, None, ui["seed"], js=DICE, api_visibility="private")
    for name in CONTROLS:
        if f"{name}_factor" in ui:
            _factor(ui, name)
    moved = [ui[name].change for name in (*MID_RUN, *LAYER_NAMES) if name in ui and name != "iterations"]
    page.on(moved, handlers.adjust, CONTROLS, (), **QUICK, **NEWEST)
    page.on(ui["keep_colors"].input, handlers.recolor, ("keep_colors",), views.RESULT, **TOOL)
    asked = [ui["content"].change, ui["style"].change, ui["region"].change, *(ui[name].change for name in COSTLY)]
    page.on(asked, handlers.look, LOOKED_AT, LOOKED, **QUICK, **NEWEST)
    page.on(ui["load"].upload, handlers.load_settings, ("load",), CONTROLS, **QUICK)
    linked = page.on(ui["link"].click, handlers.link, CONTROLS, ("address",), **QUICK)
    linked.then(None, ui["address"], ui["address"], js="stylize.copy", api_visibility="private")
    ui["swap"].click(
        None, [ui["content"], ui["style"]], [ui["content"], ui["style"]], js="(a, b) => [b, a]",
        api_visibility="private",
    )  # fmt: skip


def _preset(name: str) -> Callable[[gr.Request], dict[str, Any]]:
    def preset(request: gr.Request) -> dict[str, Any]:
        return form.preset(name)

    return preset


def _factor(ui: Ui, name: str) -> None:
    """A slider of factors and its number say the same: in the browser, so that a drag is felt at once."""
    defaults = str(SPECS[name].defaults).replace("'", '"')
    low, whole = SPECS[name].low, str(isinstance(SPECS[name].default("live"), int)).lower()
    number, slider = ui[name], ui[f"{name}_factor"]
    to_number = f"(at, recipe) => stylize.number(at, {defaults}[recipe], {low}, {whole}, {form.OCTAVES})"
    to_slider = f"(value, recipe) => stylize.octaves(value, {defaults}[recipe], {form.OCTAVES})"
    slider.input(None, [slider, ui["recipe"]], number, js=to_number, api_visibility="private")
    number.change(None, [number, ui["recipe"]], slider, js=to_slider, api_visibility="private")


def _tools(page: _Page) -> None:
    ui = page.ui
    restored = (*views.RESULT, *INPUTS, "tabs", *CONTROLS)
    page.on(ui["history"].select, handlers.restore, (), restored, **TOOL)
    sides = [ui["left"].input, ui["right"].input]
    page.on(sides, handlers.compare, ("left", "right"), ("compare",), **TOOL)
    page.on(ui["frame"].input, handlers.frame, ("frame",), ("kept", "frame_png"), **TOOL, **NEWEST)
    page.on(ui["film"].click, handlers.video, (), ("lapse", "film_file"), **TOOL)
    page.on(ui["use"].click, handlers.use, (), ("content",), **TOOL)


def _endpoints(ui: Ui) -> None:
    """What programs call: /stylize streams, /paint_picture is one call for one picture (and the MCP tool).

    Their values are not preprocessed by Gradio, so that Settings itself says what is wrong with one.
    """
    raw: dict[str, Any] = POOL | {"preprocess": False}
    pictures = {"content": ui["api_content"], "style": ui["api_style"]}
    settings = {name: ui[name] for name in form.NAMES if name in ui} | {form.LAYERS: ui["api_layers"]}
    outputs = [ui["api_picture"], ui["api_text"], ui["api_file"]]
    click = ui["api_button"].click
    click(api.stylize, None, outputs, inputs_kwargs=pictures | settings, api_name="stylize", **raw)
    some = {name: ui[name] for name in ("strength", "size")}
    click(api.paint_picture, None, ui["api_picture"], inputs_kwargs=pictures | some, api_name="paint_picture", **raw)
