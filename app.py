"""The page: controls built from Settings, Steps streamed. python app.py opens it."""

import argparse
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from stylize import NotFiniteError, Settings, Step, StylizeError, stylize
from stylize.networks import best_device, cached_vgg19, download_vgg19, load_network
from stylize.pictures import open_picture, save
from stylize.settings import SPECS

FRAME = 0.3  # seconds between two frames: as often as a browser takes them, however fast the loop is
MAX_SECONDS = float(os.environ.get("STYLIZE_MAX_SECONDS", 7200))  # of one run
SLIDERS = ("size", "iterations", "learning_rate", "content_weight", "style_weight")
CSS = """
.gradio-container {max-width: 1200px !important; margin: auto !important}
#painting img {object-fit: contain}
"""
LAUNCH: dict[str, Any] = {
    "theme": gr.themes.Soft(),
    "css": CSS,
    "show_error": False,
    "run_history": False,
    "enable_monitoring": False,
    "max_file_size": "20mb",
    "footer_links": ["api", "settings"],
}

# What Stop needs: a cancelled generator cannot yield its last picture, so each run keeps its newest step here.
_runs: dict[str, "_Run"] = {}


class _Run:
    """One visitor's painting under way."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.step: Step | None = None
        self.picture: Image.Image | None = None
        self.lock = threading.Lock()

    def keep(self, step: Step) -> Image.Image:
        with self.lock:
            self.step, self.picture = step, step.picture
        return self.picture


def paint(
    content: str | None,
    style: str | None,
    recipe: str,
    network: str,
    size: float,
    iterations: float,
    learning_rate: float,
    content_weight: float,
    style_weight: float,
    download: bool,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),  # noqa: B008  (gradio finds it as a default)
) -> Iterator[tuple[Any, Any, Any]]:
    """Paint `content` in the manner of `style`; yields the picture as it grows, its losses, and at last the file."""
    try:
        if not content or not style:
            raise StylizeError("Choose two pictures first: a content and a style.")
        values: dict[str, Any] = dict(
            zip(SLIDERS, (size, iterations, learning_rate, content_weight, style_weight), strict=True)
        )
        settings = Settings(recipe=recipe, network=network, **values)
        pictures = open_picture(content), open_picture(style)
        if network == "vgg19" and not cached_vgg19():
            if not download:
                raise StylizeError(
                    "VGG-19's weights are not on this machine; tick the box to download them (548 MB), "
                    "or paint with the lite network."
                )
            download_vgg19(lambda done, total: progress((done, total), desc="VGG-19's weights", unit="bytes"))
        run = _runs[str(request.session_hash)] = _Run(settings)
        yield from _frames(run, *pictures, progress)
    except StylizeError as error:
        raise gr.Error(str(error), print_exception=False) from None


def _frames(
    run: _Run, content: Image.Image, style: Image.Image, progress: gr.Progress
) -> Iterator[tuple[Any, Any, Any]]:
    settings = run.settings
    network = load_network(settings.network, best_device(), settings.plain)
    shown = started = time.monotonic()
    failed = ""
    try:
        with contextlib.closing(stylize(content, style, settings, network=network)) as painting:
            for step in painting:
                now = time.monotonic()
                last = step.last
                if last or step.iteration == 0 or now - shown >= FRAME:
                    shown = now
                    progress((step.iteration, step.iterations), desc=_speed(step), unit="iterations")
                    yield run.keep(step), _told(step), gr.skip()
                if now - started > MAX_SECONDS:
                    failed = f"Stopped at the limit of {MAX_SECONDS:.0f} s for one run."
                    break
            run.keep(step)
    except NotFiniteError as error:
        run.keep(error.step)
        failed = str(error)
    yield _finished(run, failed)


def _finished(run: _Run, note: str = "") -> tuple[Any, Any, Any]:
    """The last picture as the page shows it, what to say of it, and its PNG with the settings inside."""
    with run.lock:
        step, picture = run.step, run.picture
    if step is None or picture is None:
        return gr.skip(), "Stopped before the first iteration.", gr.skip()
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("GRADIO_TEMP_DIR")))
    file = folder / "stylize.png"
    save(picture, file, run.settings)
    return picture, f"{_told(step)}\n{note or 'Done.'}", str(file)


def stop(request: gr.Request) -> tuple[Any, Any, Any]:
    """Keep what there is, at full quality."""
    run = _runs.get(str(request.session_hash))
    return _finished(run, "Stopped.") if run else (gr.skip(), "Nothing is being painted.", gr.skip())


def forget(request: gr.Request) -> None:
    """Keep nothing of a visitor who left."""
    _runs.pop(str(request.session_hash), None)


def _speed(step: Step) -> str:
    if not step.iteration:
        return "starting"
    speed = step.iteration / step.seconds
    return f"{speed:.1f} it/s, {(step.iterations - step.iteration) / speed:.0f} s left"


def _told(step: Step) -> str:
    return (
        f"{step.iteration}/{step.iterations} iterations · {step.size[0]} x {step.size[1]} px · {step.seconds:.1f} s · "
        f"content loss {step.content_loss:.4g} · style loss {step.style_loss:.4g}"
    )


def _control(name: str, **more: Any) -> Any:
    """The control of one setting, with its default, range and help from Settings."""
    spec, label = SPECS[name], name.replace("_", " ").capitalize()
    value = spec["default"]["live"]
    if spec["choices"]:
        return gr.Radio(list(spec["choices"]), value=value, label=label, info=spec["help"], elem_id=name, **more)
    return gr.Slider(
        spec["low"],
        spec["high"]["live"],
        value,
        step=spec["step"],
        label=label,
        info=spec["help"],
        elem_id=name,
        **more,
    )


def _recipe_defaults(recipe: str) -> list[Any]:
    """Every control at the recipe's own defaults."""
    controls = [gr.update(value=SPECS["network"]["default"][recipe])]
    for name in SLIDERS:
        spec = SPECS[name]
        controls.append(gr.update(value=spec["default"][recipe], maximum=spec["high"][recipe]))
    return controls


def build() -> gr.Blocks:
    """The page, not yet launched."""
    picture: dict[str, Any] = {
        "type": "filepath",  # decoded by stylize.pictures, which knows limits and orientation
        "image_mode": None,
        "sources": ["upload", "clipboard", "webcam"],
        "height": 240,
    }
    with gr.Blocks(title="stylize", delete_cache=(600, 3600), analytics_enabled=False) as demo:
        gr.Markdown("# stylize\nA photo and a painting in; watch the one grow on the other.")
        with gr.Row():
            with gr.Column(scale=2, min_width=320):
                with gr.Row():
                    content = gr.Image(label="Content", elem_id="content", **picture)
                    style = gr.Image(label="Style", elem_id="style", **picture)
                with gr.Row():
                    start = gr.Button("Paint", variant="primary", elem_id="paint")
                    end = gr.Button("Stop", variant="stop", elem_id="stop")
                status = gr.Textbox(
                    label="Progress",
                    value="Choose a photo and a painting, then press Paint.",
                    lines=3,
                    interactive=False,
                    elem_id="status",
                )
                file = gr.DownloadButton("Download PNG", interactive=False, elem_id="file")
            with gr.Column(scale=3, min_width=320):
                painting = gr.Image(
                    label="Painting",
                    format="jpeg",  # while it grows; the download is the full-quality one
                    height=560,
                    interactive=False,
                    buttons=["fullscreen"],
                    elem_id="painting",
                )
        with gr.Row():  # below, so that a phone shows the painting before the settings
            with gr.Column(min_width=320):
                controls = [_control(name) for name in ("recipe", "network")]
                there = "They are on this machine." if cached_vgg19() else "They are not on this machine yet."
                download = gr.Checkbox(
                    label="Download VGG-19's weights if need be",
                    info=f"548 MB, once, for the network vgg19. {there}",
                    elem_id="download",
                )
            with gr.Column(min_width=320):
                controls += [_control(name) for name in SLIDERS[:3]]
            with gr.Column(min_width=320):
                controls += [_control(name) for name in SLIDERS[3:]]
                gr.Markdown(
                    "The painting starts as a copy of the photo: "
                    "the content loss starts at 0 and rises as the style comes in."
                )
        outputs = [painting, status, file]
        controls[0].change(
            _recipe_defaults, controls[0], controls[1:], show_progress="hidden", api_visibility="private"
        )
        running = start.click(
            paint,
            [content, style, *controls, download],
            outputs,
            api_name="stylize",
            show_progress_on=status,  # elsewhere its overlay would hide the live picture
            concurrency_limit=1,
            concurrency_id="paint",
        )
        stopped = end.click(
            stop, None, outputs, cancels=[running], queue=False, show_progress="hidden", api_visibility="private"
        )
        for ended in (running, stopped):  # the outputs themselves are plain values, which a program can read
            ended.success(lambda path: gr.DownloadButton(interactive=bool(path)), file, file, api_visibility="private")
        demo.unload(forget)
    return demo.queue(api_open=False, max_size=20)


def main() -> None:
    parser = argparse.ArgumentParser(description="Open the page.")
    parser.add_argument("--share", action="store_true", help="also through a public link, for a week")
    parser.add_argument("--host", default=None, help="address to serve on; this machine only unless told")
    parser.add_argument("--port", type=int, default=None, help="default: the first free one from 7860")
    args = parser.parse_args()
    build().launch(share=args.share, server_name=args.host, server_port=args.port, **LAUNCH)


if __name__ == "__main__":
    main()
