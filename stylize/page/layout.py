"""The page's layout: which component stands where. Every one has a name; wiring.py says what they do."""

from pathlib import Path
from typing import Any

import gradio as gr

from stylize.engine.weights import missing_weights
from stylize.facts import NETWORKS
from stylize.pictures.timelapse import formats
from stylize.settings import SPECS

from . import form, limits
from .picture import Picture
from .texts.i18n import text

HERE = Path(__file__).parent
EXAMPLES = next((path for path in (HERE / "examples", HERE.parents[1] / "examples") if path.is_dir()), HERE)
PAIRS = [
    ("ruins", "night"),
    ("robots", "cubist"),
    ("face", "glass"),
    ("city", "dots"),
    ("ruins", "wave"),
    ("city", "ink"),
]
FIRST = ("size", "iterations")  # settings that are not folded away, besides the strength
CANVAS = '<canvas tabindex="0" role="img"></canvas>'
TABS = ("painting", "compare", "frames", "video", "sheet", "curves")
Ui = dict[str, Any]


def components() -> Ui:
    """Everything on the page by name; to be called inside gr.Blocks."""
    ui: Ui = {}
    gr.Markdown(text("intro"), elem_id="intro")
    with gr.Row(elem_id="page"):
        with gr.Column(scale=2, min_width=320, elem_id="controls"):
            _pictures(ui)
            _presets(ui)
            with gr.Row():
                for name in FIRST:
                    _control(ui, name)
            ui["expected"] = gr.HTML(elem_id="expected", js_on_load=None)
            _region(ui)
            with gr.Accordion(text("second"), open=False, elem_id="second"):
                ui["second_style"] = _picture("second_style", height=160)
                ui["mix"] = gr.Slider(0, 1, 0.5, step=0.05, label=text("mix"), info=text("mix_help"), elem_id="mix")
            _settings(ui)
            with gr.Accordion(text("limits"), open=False):
                gr.Markdown(text("caps"))
        with gr.Column(scale=3, min_width=320, elem_id="stage"):
            _stage(ui)
            _actions(ui)
    ui["notice"] = gr.HTML(elem_id="notice", js_on_load=None)
    _unseen(ui)
    return ui


def _pictures(ui: Ui) -> None:
    with gr.Row(elem_id="pictures"):
        ui["content"] = _picture("content", height=190, min_width=120)
        ui["swap"] = gr.Button("⇄", elem_id="swap", min_width=44, scale=0, size="sm")
        ui["style"] = _picture("style", height=190, min_width=120)
    pairs = [[EXAMPLES / f"content_{a}.jpg", EXAMPLES / f"style_{b}.jpg"] for a, b in PAIRS]
    there = [[str(path) for path in pair] for pair in pairs if all(path.is_file() for path in pair)]
    if there:
        inputs = [ui["content"], ui["style"]]
        gr.Examples(there, inputs, label=text("examples"), cache_examples=False, elem_id="examples")


def _picture(name: str, **more: Any) -> Any:
    # A button for the whole screen would cover the label on a phone.
    more |= {"sources": ["upload", "clipboard", "webcam"], "buttons": [], "placeholder": text("choose")}
    return Picture(label=text(name), elem_id=name, type="filepath", **more)


def _presets(ui: Ui) -> None:
    with gr.Row(elem_id="presets"):
        for name in form.PRESETS:
            ui[f"preset_{name}"] = gr.Button(
                text(f"preset_{name}"), size="sm", min_width=70, elem_id=f"preset_{name}", elem_classes="chip"
            )


def _stage(ui: Ui) -> None:
    """What is watched, and what is needed meanwhile: all of it fits on one screen."""
    with gr.Tabs(elem_id="tabs", selected="painting") as ui["tabs"]:
        with _tab(ui, "painting"):
            first = EXAMPLES / "lapse.webp"
            ui["painting"] = _shown(
                "painting", value=str(first) if first.is_file() else None, alt_text=text("painting_alt")
            )
        with _tab(ui, "compare"):
            ui["compare"] = gr.ImageSlider(
                format="jpeg", show_label=False, interactive=False, elem_id="compare", buttons=["fullscreen"]
            )
            with gr.Row():
                for side in ("left", "right"):
                    ui[side] = gr.Dropdown([], label=text(side), interactive=False, elem_id=side, min_width=150)
        with _tab(ui, "frames"):
            ui["kept"] = _shown("kept", alt_text=text("frame"))
            with gr.Row(elem_id="frames_row"):
                ui["frame"] = gr.Slider(
                    0, 1, 0, step=1, label=text("frame"), interactive=False, elem_id="frame", buttons=[], scale=2
                )
                ui["from_here"] = gr.Button(text("from_here"), interactive=False, elem_id="from_here", size="sm")
                ui["frame_png"] = gr.DownloadButton(
                    text("frame_png"), interactive=False, elem_id="frame_png", size="sm"
                )
        with _tab(ui, "video"):
            ui["lapse"] = _player()
            with gr.Row():
                ui["film"] = gr.Button(text("make_video"), interactive=False, elem_id="film", size="sm")
                ui["film_file"] = gr.DownloadButton(
                    text("film_file"), interactive=False, elem_id="film_file", size="sm"
                )
        with _tab(ui, "sheet"):
            with gr.Row():
                ui["previews"] = gr.Button(text("make_sheet"), interactive=False, elem_id="previews", size="sm")
                gr.HTML(text("sheet_help"), js_on_load=None)
            ui["sheet"] = _gallery("sheet", columns=3)
        with _tab(ui, "curves"):
            ui["curves"] = gr.HTML(elem_id="curves", js_on_load=None)


def _actions(ui: Ui) -> None:
    """What stays in sight below the painting: its status, the strength, the buttons, the history."""
    ui["status"] = gr.HTML(elem_id="status", js_on_load=None)
    with gr.Row(elem_id="actions"):
        with gr.Column(scale=3, min_width=240):
            _control(ui, "strength")
        with gr.Row(elem_id="buttons"):
            ui["paint"] = gr.Button(text("paint"), variant="primary", elem_id="paint", min_width=80, interactive=False)
            ui["stop"] = gr.Button(text("stop"), variant="stop", elem_id="stop", min_width=80, interactive=False)
            ui["more"] = gr.Button(text("continue"), elem_id="continue", min_width=80, interactive=False)
    with gr.Row(elem_id="tools"):
        ui["png"] = gr.DownloadButton(text("png"), interactive=False, elem_id="png", min_width=120, size="sm")
        ui["use"] = gr.Button(text("use"), interactive=False, elem_id="use", min_width=120, size="sm")
        ui["keep_colors"] = gr.Checkbox(label=text("keep"), elem_id="keep", min_width=180)
    ui["history"] = _gallery("history", columns=8, label=text("history"), visible=False)


def _tab(ui: Ui, name: str) -> gr.Tab:
    ui[f"tab_{name}"] = tab = gr.Tab(text(name), id=name)
    return tab


def _shown(name: str, **more: Any) -> gr.Image:
    return gr.Image(interactive=False, buttons=["fullscreen"], elem_id=name, type="filepath", show_label=False, **more)


def _gallery(name: str, **more: Any) -> gr.Gallery:
    """Small pictures to click; whole, not cropped."""
    return gr.Gallery(
        format="jpeg", object_fit="contain", allow_preview=False, interactive=False, elem_id=name, buttons=[],
        height="auto", show_label="label" in more, **more,
    )  # fmt: skip


def _player() -> gr.Video | gr.Image:
    """MP4 where ffmpeg is here; else an animated picture, as it is."""
    if ".mp4" in formats():
        return gr.Video(show_label=False, autoplay=True, loop=True, elem_id="lapse", buttons=[])
    return _shown("lapse", image_mode=None, alt_text=text("video"))


def _region(ui: Ui) -> None:
    """The photo on a canvas that region.js draws: a frame to crop it, a brush for a part of it."""
    with gr.Accordion(text("where"), open=False, elem_id="where"):
        gr.Markdown(text("where_help"), elem_id="where_help")
        with gr.Row():
            for tool in ("crop", "brush", "clear"):
                gr.Button(text(f"tool_{tool}"), size="sm", min_width=60, elem_id=f"tool_{tool}", elem_classes="chip")
        gr.HTML(CANVAS, elem_id="canvas", js_on_load=None)
        choices = [(text(f"region_{use}"), use) for use in ("not", "only")]
        ui["region_use"] = gr.Radio(choices, value="not", label=text("region_use"), elem_id="region_use")


def _settings(ui: Ui) -> None:
    with gr.Accordion(text("settings"), open=False, elem_id="settings"):
        elsewhere = (form.LAYERS, "strength", "keep_colors")
        rest = [name for name in form.NAMES if name not in ui and name not in elsewhere]
        with gr.Row():
            for name in [name for name in rest if not form.steep(name) and name not in ("seed", "content_layer")]:
                _control(ui, name)
        there = "download_help" if any(map(missing_weights, NETWORKS)) else "installed"
        ui["download"] = gr.Checkbox(label=text("download"), info=text(there), elem_id="download")
        with gr.Row():
            for name in [name for name in rest if form.steep(name)]:
                _control(ui, name)
        with gr.Accordion(text("more"), open=False, elem_id="more"):
            with gr.Row():
                _control(ui, "seed")
                ui["dice"] = gr.Button("⚄", elem_id="dice", min_width=44, scale=0, size="sm")
                _control(ui, "content_layer")
            gr.Markdown(text("layers"))
            with gr.Row():
                _layers(ui)
        with gr.Row():
            ui["load"] = gr.UploadButton(text("load"), file_types=["image"], elem_id="load", size="sm")
            ui["link"] = gr.Button(text("link"), elem_id="link", size="sm")
        ui["address"] = gr.Textbox(
            label=text("address"), interactive=False, elem_id="address", lines=1, max_lines=1, buttons=["copy"]
        )
        ui["notify"] = gr.Checkbox(label=text("notify"), info=text("notify_help"), elem_id="notify")


def _control(ui: Ui, name: str) -> None:
    """The control of one setting, with its default, range and choices from Settings."""
    spec = SPECS[name]
    value = limits.capped({name: spec.default("live")})[name]
    common: dict[str, Any] = {
        "label": text(f"{name}_label"), "info": text(f"{name}_about"), "elem_id": name, "value": value,
    }  # fmt: skip
    if isinstance(value, bool):
        ui[name] = gr.Checkbox(**common, min_width=190)
    elif len(spec.choices) > 3:
        ui[name] = gr.Dropdown(list(spec.choices), **common, min_width=190)
    elif spec.choices:
        ui[name] = gr.Radio(list(spec.choices), **common, min_width=190)
    elif name == "seed":
        ui[name] = gr.Number(**common, min_width=190)
    elif form.steep(name):
        with gr.Column(min_width=190, elem_classes="steep"):
            ui[name] = gr.Number(**common)  # its range hangs on the recipe; Settings checks it
            ui[f"{name}_factor"] = gr.Slider(
                -form.OCTAVES, form.OCTAVES, 0, step=0.25, label=text(f"{name}_factor"), elem_id=f"{name}_factor",
                buttons=[], container=False,
            )  # fmt: skip
    else:
        ui[name] = gr.Slider(spec.low, limits.high(name), step=spec.step, **common, min_width=190)


def _layers(ui: Ui) -> None:
    spec = SPECS[form.LAYERS]
    for layer, weight in zip(form.LAYER_NAMES, spec.default("live"), strict=True):
        ui[layer] = gr.Number(weight, label=layer, elem_id=layer, min_width=80)


def _unseen(ui: Ui) -> None:
    """What page.js and the server tell each other, and what only programs use."""
    ui["language"] = gr.Textbox(visible="hidden", elem_id="language", show_label=False)
    ui["region"] = gr.Textbox(visible="hidden", elem_id="region", show_label=False)
    gr.HTML(text("language"), elem_id="spoken", js_on_load=None)
    gr.HTML(text("queue_words"), elem_id="queue_words", js_on_load=None)
    gr.HTML('<p role="status"></p>', elem_id="said", js_on_load=None)
    ui["token"] = gr.Textbox(visible=False)
    ui["turn"] = gr.State(0)
    with gr.Row(visible=False):
        ui["api_content"], ui["api_style"] = _picture("content"), _picture("style")
        ui["api_layers"] = gr.JSON(value=list(SPECS[form.LAYERS].default("live")))
        ui["api_button"], ui["api_text"], ui["api_file"] = gr.Button(), gr.Textbox(), gr.File()
        ui["api_picture"] = gr.Image(type="filepath")
