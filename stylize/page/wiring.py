"""Bind the page's events to handlers, with inputs and outputs by name."""

import json
from typing import Any

import gradio as gr

from stylize.settings import RECIPES, SPECS

from . import api, form, handlers, limits, painting, views
from .events import INPUTS, PAINT_POOL, PAINT_QUEUE, PICTURES, PRIVATE, SETTLED, TOOLS_QUEUE, UNQUEUED, Events
from .form import CONTROLS
from .layout import Ui, components

LOOKED_AT = (*PICTURES, "region", *CONTROLS)
FILM = ("lapse", "film_file")
LOOKED = (*FILM, "replaced", "paint", "vary_styles", "vary_strengths", "status", "expected", "own_styles")
COSTLY = ("size", "iterations", "network", "recipe")  # what the expected time depends on
VALUES = ("turn", *INPUTS, *CONTROLS)
STARTED = ("turn", "status", *views.BUTTONS, "tabs", "lapse")
NEWEST = TOOLS_QUEUE | {"trigger_mode": "multiple"}  # sent at once: the handler drops the answers that are outdated
DISABLED = '() => ({__type__: "update", interactive: false})'
DICE = "() => Math.floor(Math.random() * 2147483647)"


def build() -> gr.Blocks:
    """Build the page, without launching it."""
    with gr.Blocks(title="stylize", analytics_enabled=False) as demo:
        page = Events(components())
        _come_and_go(demo, page)
        _paint(page)
        _settings(page)
        _tools(page)
        _endpoints(page.ui)
    return demo.queue(api_open=False, max_size=limits.MAX_QUEUE, default_concurrency_limit=4)


def _come_and_go(demo: gr.Blocks, page: Events) -> None:
    told, js = ("token", "language"), "() => stylize.arrive()"
    come = page.settle("", demo.load, handlers.arrive, told, "own_styles", js=js, **UNQUEUED)
    back = page.on(come.then, handlers.bring_back, (), (*views.RESULT, "grid", "tabs"), **TOOLS_QUEUE)
    values = [page.ui[name] for name in SETTLED]
    restored = back.then(None, None, values, js=f"() => stylize.restore({json.dumps(SETTLED)})", **PRIVATE)
    restored.then(None, values, None, js=f"(...now) => stylize.restored({json.dumps(SETTLED)}, now)", **PRIVATE)
    _look(page, restored.then).then(None, None, None, js="() => stylize.goOn()", **PRIVATE)
    changes = [one.change for one in values]
    gr.on(changes, None, values, None, js=f"(...now) => stylize.keep({json.dumps(SETTLED)}, now)", **PRIVATE)
    demo.unload(handlers.leave)


def _look(page: Events, event: Any) -> Any:
    """Bind `look`; a picture that it replaces stays if another one was chosen meanwhile."""
    looked = page.on(event, handlers.look, LOOKED_AT, LOOKED, **UNQUEUED)
    slots = [page.ui[name] for name in PICTURES]
    replace = f"(answer, ...now) => stylize.replace({json.dumps(PICTURES)}, answer, now)"
    return looked.then(None, [page.ui["replaced"], *slots], slots, js=replace, **PRIVATE)


def _paint(page: Events) -> None:
    """Bind the buttons that paint: `begin` answers at once, then the painting is queued."""
    ui = page.ui
    grid = (*views.RESULT, "grid")
    begin, begin_grid = painting.begin, painting.begin_grid
    for event, first, given, more, handler, inputs, outputs in (
        (ui["paint"].click, begin, (), (), painting.paint, (*VALUES, "download"), views.RESULT),
        (ui["paint_download"].click, begin, (), (), painting.paint_download, VALUES, (*views.RESULT, "download")),
        (ui["paint_lite"].click, begin, (), (), painting.paint_lite, VALUES, (*views.RESULT, "network")),
        (ui["more"].click, begin, (), (), painting.paint_more, ("turn", *CONTROLS), views.RESULT),
        (ui["resume"].click, begin, (), (), painting.resume, ("turn",), views.RESULT),
        (ui["revive"].click, begin, (), (), painting.revive, (*VALUES, "revival"), views.RESULT),
        (ui["vary_styles"].click, begin_grid, (), ("grid",), painting.vary_styles, VALUES, grid),
        (ui["vary_strengths"].click, begin_grid, (), ("grid",), painting.vary_strengths, VALUES, grid),
        ([ui["styles"].click, ui["own_styles"].click], painting.choose_style, ("content",), ("style",),
         painting.paint, (*VALUES, "download"), views.RESULT),
        (ui["grid"].click, painting.choose_variation, (), ("style", "strength"),
         painting.paint, (*VALUES, "download"), views.RESULT),
    ):  # fmt: skip
        begun = page.on(event, first, given, (*STARTED, *more), trigger_mode="multiple", **UNQUEUED)
        loop = page.on(begun.then, handler, inputs, (*outputs, "lapse"), **PAINT_QUEUE)
        page.on(loop.then, handlers.film, ("shape",), FILM, **TOOLS_QUEUE)
        _look(page, loop.then)  # the expected times follow from what this one took
    # Without Gradio's `cancels`, which reach a job that was begun after Stop: a stopped turn ends by itself.
    stopped = page.on(ui["stop"].click, painting.stop, (), ("stop",), trigger_mode="multiple", **UNQUEUED)
    page.on(stopped.then, painting.show_stopped, (), views.RESULT, **TOOLS_QUEUE)


def _settings(page: Events) -> None:
    ui = page.ui
    kept = ("recipe", *handlers.KEPT_CONTROLS)
    page.settle("recipe", ui["recipe"].input, handlers.recipe, kept, **UNQUEUED)
    ui["dice"].click(None, None, ui["seed"], js=DICE, **PRIVATE)
    for name in CONTROLS:
        if f"{name}_factor" in ui:
            _factor(ui, name)
    page.on([ui[name].change for name in CONTROLS], handlers.adjust, CONTROLS, ("status",), **UNQUEUED)
    page.on(ui["keep_colors"].input, handlers.recolor, ("keep_colors",), views.RESULT, **TOOLS_QUEUE)
    _look(page, [ui[name].change for name in (*PICTURES, "region", *COSTLY)])
    loaded = page.settle("load", ui["load"].upload, handlers.load_settings, ("load",), **UNQUEUED)
    loaded.then(None, None, None, js="() => stylize.taken('#load')", **PRIVATE)
    linked = page.on(ui["link"].click, handlers.link, CONTROLS, ("address",), **UNQUEUED)
    linked.then(None, ui["address"], None, js="stylize.copyLink", **PRIVATE)
    slots = [ui["content"], ui["style"]]
    ui["swap"].click(None, slots, slots, js="(a, b) => [b, a]", **PRIVATE)


def _factor(ui: Ui, name: str) -> None:
    """Bind a logarithmic slider to its number, in the browser, so that it follows a drag without delay."""
    defaults = str(SPECS[name].defaults).replace("'", '"')
    highs = str({recipe: SPECS[name].high(recipe) for recipe in RECIPES}).replace("'", '"')
    low, whole = SPECS[name].low, str(isinstance(SPECS[name].default("live"), int)).lower()
    number, slider = ui[name], ui[f"{name}_factor"]
    span = f"{defaults}[recipe], {low}, {highs}[recipe]"
    to_number = f"(at, recipe) => stylize.number(at, {span}, {whole}, {form.OCTAVES})"
    to_slider = f"(value, recipe) => stylize.octaves('{name}', value, {span}, {form.OCTAVES})"
    slider.input(None, [slider, ui["recipe"]], number, js=to_number, **PRIVATE)
    number.change(None, [number, ui["recipe"]], slider, js=to_slider, **PRIVATE)


def _tools(page: Events) -> None:
    ui = page.ui
    page.on(ui["photos"].click, handlers.choose_photo, (), ("content",), **UNQUEUED)
    page.on(ui["second_styles"].click, handlers.choose_second, (), ("second_style",), **UNQUEUED)
    shown = page.on(ui["history"].click, handlers.show_painting, (), (*views.RESULT, "keep_colors"), **TOOLS_QUEUE)
    page.on(shown.then, handlers.film, ("shape",), FILM, **TOOLS_QUEUE)
    restored = page.settle("restore", ui["restore"].click, handlers.restore, (), **TOOLS_QUEUE)
    restored.then(None, None, None, js="() => stylize.taken('#restore')", **PRIVATE)
    page.on(ui["other"].click, handlers.compare, (), ("before",), **TOOLS_QUEUE)
    ui["shape"].input(None, None, ui["film_file"], js=DISABLED, **PRIVATE)  # until that film is there
    making = NEWEST | {"show_progress": "full", "show_progress_on": ui["lapse"]}
    page.on([ui["tab_film"].select, ui["shape"].input], handlers.film, ("shape",), FILM, **making)
    page.on(ui["use"].click, handlers.use, (), ("content",), **TOOLS_QUEUE)


def _endpoints(ui: Ui) -> None:
    """Bind the API: /stylize streams, /paint_picture returns one picture (and is the MCP tool).

    Their values are not preprocessed by Gradio, so that Settings itself says what is wrong with one.
    """
    raw: dict[str, Any] = PAINT_POOL | {"preprocess": False}
    pictures = {"content": ui["api_content"], "style": ui["api_style"]}
    settings = {name: ui[name] for name in form.NAMES if name in ui} | {form.LAYERS: ui["api_layers"]}
    outputs = [ui["api_picture"], ui["api_text"], ui["api_file"]]
    click = ui["api_button"].click
    click(api.stylize, None, outputs, inputs_kwargs=pictures | settings, api_name="stylize", **raw)
    some = {name: ui[name] for name in ("strength", "size")}
    click(api.paint_picture, None, ui["api_picture"], inputs_kwargs=pictures | some, api_name="paint_picture", **raw)
