"""The page's layout: all components, by name. wiring.py binds their events."""

from pathlib import Path
from typing import Any

import gradio as gr

from stylize.pictures.timelapse import formats

from . import cards, samples
from .controls import control, for_programs, researchers
from .picture import Picture
from .texts.i18n import text

SHAPES = ("", "16:9", "1:1", "9:16")  # of a film; "": the painting's own
SEND_CARD = """element.addEventListener('click', event => {
    const card = event.target.closest('[data-card]');
    if (card) trigger('click', {card: card.dataset.card});
});
element.addEventListener('change', event => trigger('click', {card: event.target.value}));"""
Ui = dict[str, Any]


def components() -> Ui:
    """Make all components; call it inside gr.Blocks. The order is that of the Tab key, so Paint comes early."""
    ui: Ui = {}
    _html(ui, "head")
    with gr.Row(elem_id="page"):
        with gr.Column(scale=65, min_width=320, elem_id="stage"):
            _viewer(ui)
            _bar(ui)
            _act(ui)
            _history(ui)
        with gr.Column(scale=33, min_width=320, elem_id="panel"):
            _pictures(ui)
            _how(ui)
            with gr.Column(elem_id="second", elem_classes="folded"):
                _html(ui, "fold_second")
                ui["second_style"] = _picture("second_style", height=160)
                _html(ui, "second_styles", text("fixed_styles"), SEND_CARD)
                ui["mix"] = gr.Slider(0, 1, 0.5, step=0.05, label=text("mix"), info=text("mix_help"), elem_id="mix")
            with gr.Column(elem_id="researchers", elem_classes="folded"):
                _html(ui, "fold_researchers")
                researchers(ui)
    for name in ("editor", "show", "foot", "client"):
        _html(ui, name)
    _html(ui, "place", "")  # Gradio's place in the queue, which page.js puts in words
    ui["notice"] = gr.HTML(elem_id="notice", js_on_load=None, apply_default_css=False)
    _hidden(ui)
    return ui


def _html(ui: Ui, name: str, value: Any = None, script: str | None = None) -> None:
    """A part of the page in HTML: a fixed one of cards.py in the browser's language, unless `value` is given."""
    ui[name] = gr.HTML(
        text(f"fixed_{name}") if value is None else value, elem_id=name, js_on_load=script, apply_default_css=False
    )


# ---- the stage


def _viewer(ui: Ui) -> None:
    """The three tabs: the painting with its comparison, variations, the film."""
    with gr.Tabs(elem_id="tabs", selected="painting") as ui["tabs"]:
        with gr.Tab(text("tab_painting"), id="painting"), gr.Column(elem_id="viewer"):
            first = samples.FIRST if samples.FIRST.is_file() else None
            ui["painting"] = _shown("painting", value=first, alt_text=text("painting_alt"))
            _html(ui, "before", cards.before(samples.served(samples.PHOTOS[samples.FIRST_PHOTO])))
        with gr.Tab(text("tab_grid"), id="grid"):
            with gr.Row(elem_id="grid_row"):
                for kind in ("styles", "strengths"):
                    ui[f"vary_{kind}"] = gr.Button(text(f"vary_{kind}"), elem_id=f"vary_{kind}", size="md")
            _html(ui, "grid", script=SEND_CARD)
        with gr.Tab(text("tab_film"), id="film") as ui["tab_film"]:
            ui["lapse"] = _player()
            shapes = [(shape or text("shape_own"), shape) for shape in SHAPES]
            ui["shape"] = gr.Radio(shapes, value="", label=text("shape"), elem_id="shape", container=False)


def _bar(ui: Ui) -> None:
    """Under the picture: status, and the buttons of a finished painting."""
    with gr.Row(elem_id="bar"):
        _html(ui, "status")
        with gr.Row(elem_id="result"):
            for name in ("png", "film_file"):  # one is shown, by the tab
                ui[name] = gr.DownloadButton(text("save"), interactive=False, elem_id=name, min_width=40, size="sm")
            _small(ui, "share")
            _html(ui, "again")  # on phones, in the place of Paint
        with gr.Row(elem_id="onward"):
            for name in ("more", "use"):
                _small(ui, name)
        ui["keep_colors"] = gr.Checkbox(label=text("keep"), elem_id="keep", min_width=40, container=False)
        _html(ui, "bar_chips")


def _small(ui: Ui, name: str) -> None:
    ui[name] = gr.Button(text(name), elem_id=name, min_width=40, size="sm", interactive=False)


def _act(ui: Ui) -> None:
    with gr.Row(elem_id="act"):
        with gr.Column(scale=3, min_width=200, elem_id="strength_box"):
            control(ui, "strength", "strength_plain")
            _html(ui, "stops")
        _html(ui, "mine")  # on phones, where the slots are further down
        ui["paint"] = gr.Button(text("paint"), variant="primary", elem_id="paint", min_width=120, scale=1)
        ui["stop"] = gr.Button(text("stop"), variant="stop", elem_id="stop", min_width=80, scale=1, interactive=False)


def _history(ui: Ui) -> None:
    """The history, and the choice of what the painting is compared with."""
    with gr.Column(elem_id="past"):
        with gr.Row(elem_id="history_row"):  # on a wide screen it is above the history
            _html(ui, "other", "", SEND_CARD)
            ui["restore"] = gr.Button(text("restore"), elem_id="restore", size="sm", min_width=120)
        _html(ui, "history", "", SEND_CARD)


def _shown(name: str, **more: Any) -> gr.Image:
    return gr.Image(interactive=False, buttons=[], elem_id=name, type="filepath", show_label=False, **more)


def _player() -> gr.Video | gr.Image:
    """MP4 where ffmpeg is installed; else an animated picture."""
    if ".mp4" in formats():
        return gr.Video(show_label=False, autoplay=True, loop=True, elem_id="lapse", buttons=[])
    return _shown("lapse", image_mode=None, alt_text=text("tab_film"))


# ---- the panel


def _pictures(ui: Ui) -> None:
    with gr.Row(elem_id="pictures"):
        ui["content"] = _picture("content", samples.PHOTOS.get(samples.FIRST_PHOTO), height=146, min_width=120)
        ui["style"] = _picture("style", samples.STYLES.get(samples.FIRST_STYLE), height=146, min_width=120)
    _html(ui, "chips")
    _html(ui, "photos", script=SEND_CARD)
    _html(ui, "styles_title")
    with gr.Row(elem_id="gallery"):
        _html(ui, "own_styles", "", SEND_CARD)
        _html(ui, "styles", script=SEND_CARD)


def _picture(name: str, value: Path | None = None, **more: Any) -> Any:
    more |= {"sources": ["upload", "clipboard", "webcam"], "buttons": [], "placeholder": text("choose")}
    more |= {"elem_id": name, "elem_classes": "slot", "type": "filepath"}
    return Picture(str(value) if value else None, label=text(name), **more)


def _how(ui: Ui) -> None:
    """Presets, sizes and the four most important sliders."""
    _html(ui, "presets")
    _html(ui, "expected")
    with gr.Column(elem_id="main_controls"):
        for name in cards.MAIN:
            control(ui, name, f"{name}_plain")


def _hidden(ui: Ui) -> None:
    """Hidden components: messages between page.js and the server, buttons for page.js, and the API's."""
    for name in ("region", "revival", "settled", "replaced"):
        ui[name] = gr.Textbox(visible="hidden", elem_id=name, show_label=False)
    ui["token"], ui["language"] = gr.Textbox(visible=False), gr.Textbox(visible=False)
    ui["turn"] = gr.State(0)
    with gr.Row(elem_id="pressed"):  # by page.js
        for name in ("swap", "resume", "paint_lite", "paint_download", "revive"):
            ui[name] = gr.Button(name, elem_id=name)
    for_programs(ui)
