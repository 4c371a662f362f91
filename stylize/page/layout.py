"""The page's layout: controls built from Settings, and which handler each of them calls."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.networks import STYLE_LAYERS
from stylize.settings import SPECS, Settings
from stylize.timelapse import formats
from stylize.weights import cached_vgg19

from . import api, handlers, limits, sessions
from . import form as setting
from .charts import bar, curves
from .form import NAMES
from .i18n import text

EXAMPLES = Path(__file__).parents[2] / "examples"
PAIRS = [
    ("ruins", "night"),
    ("robots", "cubist"),
    ("face", "glass"),
    ("city", "dots"),
    ("ruins", "wave"),
    ("city", "ink"),
]
COLUMNS = (  # of settings that are not folded away
    ("recipe", "network", "size"),
    ("iterations", "learning_rate", "content_weight"),
    ("style_weight", "tv_weight", "style_scale"),
)
ADJUSTED = ("learning_rate", "content_weight", "style_weight", "tv_weight", "early_stop")  # while it paints
CSS = """
.gradio-container {max-width: 1280px !important; margin: auto !important}
.gradio-container, .gradio-container main, .gradio-container .column {max-width: 100vw; min-width: 0}
#painting img, #compare img {object-fit: contain}
.curves {color: var(--body-text-color)} .curves svg {width: 100%; height: 110px; display: block}
.bar {min-height: 52px}
.bar progress {appearance: none; width: 100%; height: 8px; border: none}
.bar progress::-webkit-progress-bar {background: var(--border-color-primary); border-radius: 4px}
.bar progress::-webkit-progress-value {background: var(--color-accent); border-radius: 4px}
.bar progress::-moz-progress-bar {background: var(--color-accent); border-radius: 4px}
#examples thead {position: absolute; left: -999em}
#examples tbody {display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 4px}
#examples tr {display: flex; background: none} #examples td {padding: 2px; border: none}
#examples .container {width: 52px; height: 52px} #examples table {min-width: 0}
"""


class _Recent(OrderedDict[str, Any]):
    """What visitors have brushed and not yet painted: gradio keeps it all, this keeps the newest."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        while len(self) > 32:
            self.popitem(last=False)


def _control(name: str) -> Any:
    """The control of one setting, with its default, range and choices from Settings."""
    spec: dict[str, Any] = SPECS[name]
    value = spec["default"]["live"]
    common: dict[str, Any] = {"label": text(name), "info": text(f"{name}_help"), "elem_id": name, "value": value}
    if isinstance(value, bool):
        return gr.Checkbox(**common)
    if len(spec["choices"]) > 3:
        return gr.Dropdown(list(spec["choices"]), **common)
    if spec["choices"]:
        return gr.Radio(list(spec["choices"]), **common)
    if name == "seed":
        return gr.Number(minimum=spec["low"], maximum=spec["high"]["live"], **common)
    return gr.Slider(spec["low"], limits.high(name, "live", spec), step=spec["step"], **common)


def _picture(name: str, **more: Any) -> gr.Image:
    """An image that is handed over as the file that came: stylize.pictures knows limits, orientation and colour."""
    image = gr.Image(
        label=text(name), elem_id=name, type="filepath", sources=["upload", "clipboard", "webcam"],
        buttons=[], **more,  # a button for the whole screen would cover the label on a phone
    )  # fmt: skip
    image.preprocess = lambda payload: payload.path if payload else None  # type: ignore[method-assign]
    return image


def build() -> gr.Blocks:
    """The page, not yet launched."""
    with gr.Blocks(title="stylize", analytics_enabled=False) as demo:
        gr.Markdown(text("intro"))
        controls: dict[str, Any] = {}
        with gr.Row():
            with gr.Column(scale=2, min_width=320):
                with gr.Row():
                    content = _picture("content", height=220, min_width=150)
                    style = _picture("style", height=220, min_width=150)
                _examples(content, style)
                strength = gr.Slider(
                    -4, 4, 0, step=0.5, label=text("strength"), info=text("strength_help"), elem_id="strength"
                )
                with gr.Row():
                    start = gr.Button(text("paint"), variant="primary", elem_id="paint", min_width=90)
                    end = gr.Button(text("stop"), variant="stop", elem_id="stop", min_width=90)
                    more = gr.Button(text("continue"), elem_id="continue", min_width=90)
                expected = gr.Markdown(elem_id="expected")
            with gr.Column(scale=3, min_width=320):
                painting = gr.Image(
                    label=text("painting"),
                    alt_text="The painting as it grows",
                    height=520,
                    interactive=False,
                    buttons=["fullscreen"],
                    elem_id="painting",
                )
                status = gr.HTML(bar(0, ""), elem_id="status", min_height=60)
                with gr.Row():
                    png = gr.DownloadButton(text("png"), interactive=False, elem_id="png", min_width=160)
                    controls["keep_colors"] = gr.Checkbox(
                        label=text("keep"), info=text("keep_help"), elem_id="keep", min_width=160
                    )
                plot = gr.HTML(curves([], 1, "", ("", "")), elem_id="curves")
                gr.Markdown(text("why"))
                with gr.Tabs():
                    with gr.Tab(text("compare")):
                        compare = gr.ImageSlider(
                            format="jpeg", show_label=False, interactive=False, max_height=520, elem_id="compare"
                        )
                    with gr.Tab(text("frames")):
                        frame = gr.Slider(
                            0, 1, 0, step=1, label=text("frame"), info=text("frame_help"), interactive=False,
                            elem_id="frame",
                        )  # fmt: skip
                        kept = gr.Image(format="jpeg", show_label=False, interactive=False, height=420, elem_id="kept")
                    with gr.Tab(text("video")):
                        film = gr.Button(text("make_video"), elem_id="film")
                        lapse = _player()
                        film_file = gr.File(show_label=False, elem_id="film_file", height=70)
                    with gr.Tab(text("sheet")):
                        gr.Markdown(text("sheet_help"))
                        previews = gr.Button(text("make_sheet"), elem_id="previews")
                        gallery = gr.Gallery(
                            format="jpeg", columns=3, height="auto", show_label=False, allow_preview=False,
                            interactive=False, elem_id="gallery", buttons=[],
                        )  # fmt: skip
        with gr.Accordion(text("second"), open=False):
            second = _picture("second_style", height=180)
            mix = gr.Slider(0, 1, 0.5, step=0.05, label=text("mix"), info=text("mix_help"), elem_id="mix")
        with gr.Accordion(text("where"), open=False):
            brush, use, put = _brush()
        with gr.Accordion(text("settings"), open=False):
            with gr.Row():
                for names in COLUMNS:
                    with gr.Column(min_width=300):
                        controls |= {name: _control(name) for name in names}
            there = "installed" if cached_vgg19() else "download_help"
            download = gr.Checkbox(label=text("download"), info=text(there), elem_id="download")
            with gr.Accordion(text("more"), open=False):
                with gr.Row():
                    for name in NAMES:
                        if name not in controls:
                            controls[name] = _control(name)
                gr.Markdown(text("layers"))
                with gr.Row():
                    layers = _layers()
            with gr.Row():
                load = gr.UploadButton(text("load"), file_types=["image"], elem_id="load")
                make_link = gr.Button(text("link"), elem_id="make_link")
                address = gr.Textbox(
                    show_label=False, interactive=False, buttons=["copy"], elem_id="link", lines=1, max_lines=1
                )
        with gr.Accordion(text("limits"), open=False):
            gr.Markdown(text("caps"))

        # ---- what calls what
        brush.blob_storage = _Recent()
        settings = [*(controls[name] for name in NAMES), *layers]
        inputs = [content, style, second, mix, brush, use]
        outputs = [painting, status, plot, png, compare, frame]
        private: dict[str, Any] = {"api_visibility": "private"}
        quick: dict[str, Any] = private | {"queue": False, "show_progress": "hidden"}
        queued: dict[str, Any] = private | {"concurrency_limit": 1, "concurrency_id": "paint"}
        beside: dict[str, Any] = queued | {"show_progress_on": status}  # elsewhere its overlay would hide the picture

        running = [
            start.click(handlers.paint, [*inputs, download, *settings], outputs, **beside),
            more.click(handlers.go_on, None, outputs, **beside),
        ]
        trying = previews.click(handlers.sheet, [*inputs, *settings], gallery, **beside)
        pick = gallery.select(handlers.picked, controls["recipe"], [strength, controls["style_weight"]], **quick)
        running.append(pick.then(handlers.paint, [*inputs, download, *settings], outputs, **beside))
        end.click(handlers.stop, None, outputs, cancels=[*running, trying], **quick)
        demo.unload(_leave)

        controls["recipe"].input(
            lambda recipe: setting.values_of(Settings(recipe=recipe)), controls["recipe"], settings, **quick
        )
        strength.input(setting.weight_of, [strength, controls["recipe"]], controls["style_weight"], **quick)
        moved = [controls[name].change for name in ADJUSTED] + [layer.change for layer in layers]
        gr.on(moved, handlers.adjust, settings, None, trigger_mode="always_last", **quick)
        controls["keep_colors"].input(handlers.recolor, controls["keep_colors"], outputs, **quick)
        asked = [content.change, demo.load] + [controls[n].change for n in ("size", "iterations", "network", "recipe")]
        gr.on(asked, setting.expect, [content, *settings], expected, trigger_mode="always_last", **quick)

        frame.input(handlers.frame, frame, kept, trigger_mode="always_last", **quick)
        film.click(handlers.video, None, [lapse, film_file], show_progress_on=film_file, **private)
        load.upload(setting.load_settings, load, settings, **quick)
        to_address = "query => window.location.origin + window.location.pathname + query"
        make_link.click(setting.link, settings, address, **quick).then(None, address, address, js=to_address, **private)
        demo.load(handlers.greet, None, status, **quick)
        demo.load(setting.from_link, None, settings, **quick)
        put.click(lambda path: path, content, brush, **quick)
        _endpoints(content, style, settings)
    return demo.queue(api_open=False, max_size=limits.MAX_QUEUE, default_concurrency_limit=4)


def _examples(content: gr.Image, style: gr.Image) -> None:
    pairs = [[EXAMPLES / f"content_{a}.jpg", EXAMPLES / f"style_{b}.jpg"] for a, b in PAIRS]
    there = [[str(path) for path in pair] for pair in pairs if all(path.is_file() for path in pair)]
    if not there:
        return
    shown = gr.Examples(there, [content, style], label=text("examples"), cache_examples=False, elem_id="examples")
    shown.dataset.headers = ["Content · Contenido", "Style · Estilo"]  # gradio translates none; hidden, but read aloud


def _brush() -> tuple[gr.ImageEditor, gr.Radio, gr.Button]:
    put = gr.Button(text("brush_start"), elem_id="put", size="sm")
    editor = gr.ImageEditor(
        type="pil",
        image_mode="RGBA",
        label=text("brush"),
        sources=(),
        brush=gr.Brush(default_size=40, colors=["#e76f51"], color_mode="fixed"),
        layers=False,
        transforms=(),
        canvas_size=(640, 640),
        height=360,
        buttons=[],
        elem_id="brush",
    )
    choices = [(text(f"brush_{use}"), use) for use in ("off", "only", "not")]
    use = gr.Radio(choices, value="not", label=text("brush_use"), elem_id="brush_use")
    return editor, use, put


def _layers() -> list[gr.Number]:
    spec = SPECS["style_layer_weights"]
    return [
        gr.Number(weight, label=layer, minimum=spec["low"], maximum=spec["high"]["live"], elem_id=layer, min_width=90)
        for layer, weight in zip(STYLE_LAYERS, spec["default"]["live"], strict=True)
    ]


def _player() -> gr.Video | gr.Image:
    """MP4 where ffmpeg is here; else an animated picture, as it is."""
    if ".mp4" in formats():
        return gr.Video(show_label=False, autoplay=True, loop=True, height=420, elem_id="lapse", buttons=[])
    return gr.Image(show_label=False, type="filepath", image_mode=None, height=420, elem_id="lapse", buttons=[])


def _endpoints(content: gr.Image, style: gr.Image, settings: list[Any]) -> None:
    """What programs call: /stylize streams, /paint_picture is one call for one picture (and the MCP tool)."""
    pool: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "paint"}
    with gr.Row(visible=False):
        button, picture, told, file = gr.Button(), gr.Image(type="filepath"), gr.Textbox(), gr.File()
        strength = gr.Slider(-4, 4, 0)
        size = gr.Slider(SPECS["size"]["low"], limits.MAX_SIZE, SPECS["size"]["default"]["live"], step=1)
        layers = gr.JSON(value=list(SPECS["style_layer_weights"]["default"]["live"]))
        button.click(
            api.api_stylize,
            [content, style, *settings[: len(NAMES)], layers],
            [picture, told, file],
            api_name="stylize",
            **pool,
        )
        button.click(api.paint_picture, [content, style, strength, size], picture, api_name="paint_picture", **pool)


def _leave(request: gr.Request) -> None:
    """Keep nothing of a visitor who closed the page."""
    sessions.forget(str(request.session_hash))
