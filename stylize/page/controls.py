"""The controls of the settings: each from its Settings field, and the fold for researchers."""

from typing import Any

import gradio as gr

from stylize.engine.weights import missing_weights
from stylize.facts import NETWORKS
from stylize.settings import SPECS

from . import cards, form, limits
from .picture import Picture
from .texts.i18n import text

ELSEWHERE = ("strength", "keep_colors", *cards.MAIN)  # on the stage, and above the fold
LAST = ("seed", "content_layer")  # beside the dice
Ui = dict[str, Any]


def control(ui: Ui, name: str, info: str = "") -> None:
    """The control of one setting, with its default, range and choices from Settings."""
    spec = SPECS[name]
    value = limits.capped({name: spec.default("live")})[name]
    common: dict[str, Any] = {
        "label": text(f"{name}_label"), "info": text(info or f"{name}_about"), "elem_id": name, "value": value,
    }  # fmt: skip
    if isinstance(value, bool):
        ui[name] = gr.Checkbox(**common, min_width=190)
    elif spec.choices:
        choices = [(text(f"init_{choice}") if name == "init" else choice, choice) for choice in spec.choices]
        ui[name] = gr.Radio(choices, **common, min_width=190)
    elif name == "seed":
        ui[name] = gr.Number(**common, min_width=190)
    elif form.has_log_slider(name):
        with gr.Column(min_width=190, elem_classes="factor"):
            ui[name] = gr.Number(**common, step=spec.step)  # its range depends on the recipe; Settings checks it
            ui[f"{name}_factor"] = gr.Slider(
                -form.OCTAVES, form.OCTAVES, 0, step=0.25, label=text(f"{name}_factor"), elem_id=f"{name}_factor",
                buttons=[], container=False,
            )  # fmt: skip
    else:
        ui[name] = gr.Slider(spec.low, limits.high(name), step=spec.step, **common, min_width=190)


def researchers(ui: Ui) -> None:
    """The fold for researchers: recipe, network, all weights, seed, loss curves, loading and linking of settings."""
    with gr.Row():
        for name in [name for name in form.NAMES if not form.has_log_slider(name) and _folded(name)]:
            control(ui, name)
    there = "download_help" if any(map(missing_weights, NETWORKS)) else "installed"
    ui["download"] = gr.Checkbox(label=text("download"), info=text(there), elem_id="download")
    for name in [name for name in form.NAMES if form.has_log_slider(name) and _folded(name)]:
        control(ui, name)
    with gr.Row():
        control(ui, "seed")
        ui["dice"] = gr.Button("⚄", elem_id="dice", min_width=44, scale=0, size="sm")
        control(ui, "content_layer")
    gr.Markdown(text("layers"))
    with gr.Row(elem_id="layers"):
        spec = SPECS[form.LAYERS]
        for layer, weight in zip(form.LAYER_NAMES, spec.default("live"), strict=True):
            ui[layer] = gr.Number(weight, label=layer, elem_id=layer, min_width=70, step=spec.step)
    ui["curves"] = gr.HTML(elem_id="curves", js_on_load=None, apply_default_css=False)
    with gr.Row():
        ui["load"] = gr.UploadButton(text("load"), file_types=["image"], elem_id="load", size="sm")
        ui["link"] = gr.Button(text("link"), elem_id="link", size="sm")
    ui["address"] = gr.Textbox(visible="hidden", elem_id="address", show_label=False)
    ui["notify"] = gr.Checkbox(label=text("notify"), info=text("notify_help"), elem_id="notify")


def _folded(name: str) -> bool:
    return name != form.LAYERS and name not in ELSEWHERE and name not in LAST


def for_programs(ui: Ui) -> None:
    """Components that only the API's endpoints use."""
    with gr.Row(visible=False):
        for name in ("api_content", "api_style"):
            ui[name] = Picture(label=name.removeprefix("api_"), type="filepath")
        ui["api_layers"] = gr.JSON(value=list(SPECS[form.LAYERS].default("live")))
        ui["api_button"], ui["api_text"], ui["api_file"] = gr.Button(), gr.Textbox(), gr.File()
        ui["api_picture"] = gr.Image(type="filepath")
