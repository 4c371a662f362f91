"""What the page's buttons do: pictures and settings in, a visitor's run on, what the page shows of it out."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import gradio as gr
from PIL import Image

from stylize import StylizeError, images, resources
from stylize.networks import missing_weights
from stylize.weights import download as download_weights

from . import limits, sessions
from .charts import bar, curves
from .form import NAMES, SKIP, settings_of, telling, weight_of
from .i18n import say, told
from .sessions import Run

STRENGTHS = (-4, -2, -1, 0, 1, 3)  # of the contact sheet
SHEET = {"size": 192, "iterations": 100}
Outputs = tuple[Any, ...]  # painting, status, curves, png, compare, frame


def prepare(
    content: str | None, style: str | None, second: str | None, mix: float, brush: Any, use: str, values: list[Any]
) -> Run:
    """A run, ready to begin. Raises StylizeError where something is missing or wrong."""
    if not content or not style:
        raise StylizeError("Choose two pictures first: a content and a style.")
    settings = settings_of(values)
    photo, styles = images.open_picture(content), [(images.open_picture(style), 1.0)]
    if second and mix:
        pair = styles[0][0], images.open_picture(second)
        styles = [(picture, weight) for picture, weight in zip(pair, (1 - mix, mix), strict=True) if weight > 0]
    if missing_weights(settings.network):
        raise StylizeError(
            "VGG-19's weights are not on this machine; tick the box to download them (548 MB), "
            "or paint with the lite network."
        )
    limits.check_memory(settings, photo.size)
    return Run(settings, photo, styles, _mask(brush, use, photo))


def _mask(brush: dict[str, Any] | None, use: str, photo: Image.Image) -> Image.Image | None:
    """White where the style goes, from what was brushed; None where nothing was, or it means nothing."""
    layers = (brush or {}).get("layers") or []
    if use not in ("only", "not") or not layers:
        return None
    return images.mask_of([layer.getchannel("A") for layer in layers], photo.size, inverted=use == "not")


# ---- painting


def greet(request: gr.Request) -> str:
    """What to do first."""
    return bar(0, say(request, "ready"))


def paint(
    request: gr.Request,
    content: str | None,
    style: str | None,
    second: str | None,
    mix: float,
    brush: Any,
    use: str,
    download: bool,
    *values: Any,
) -> Iterator[Outputs]:
    """Paint; yields what the page shows, at each frame and at the end."""
    with telling(request):
        if download and (url := missing_weights(values[NAMES.index("network")])):
            yield from _download(request, url)
        run = prepare(content, style, second, mix, brush, use, list(values))
        sessions.start(str(request.session_hash), run)
        yield from _shown(run, request)


def go_on(request: gr.Request) -> Iterator[Outputs]:
    """A hundred iterations more, with Adam's state as it was."""
    with telling(request):
        yield from _shown(sessions.find(str(request.session_hash)), request, more=sessions.MORE)


def stop(request: gr.Request) -> Outputs:
    """Keep what there is, at full quality."""
    try:
        run = sessions.find(str(request.session_hash))
        run.settle()
        return _finished(run, request, say(request, "stopped"))
    except StylizeError:
        return SKIP, greet(request), SKIP, SKIP, SKIP, SKIP


def _download(request: gr.Request, url: str) -> Iterator[Outputs]:
    for done, total in download_weights(url):
        text = say(request, "weights", done=done / 1e6, total=total / 1e6)
        yield SKIP, bar(done / max(1, total), text), SKIP, SKIP, SKIP, SKIP


def _shown(run: Run, request: gr.Request, more: int = 0) -> Iterator[Outputs]:
    with closing(run.frames(more)) as frames:
        for _ in frames:
            yield run.frame(), _at(run, request), _curves(run, request), SKIP, SKIP, SKIP
    # Stop may end the loop before its cancelling reaches this generator: both then say the same.
    notes = {"": say(request, "stopped" if run.stopped else "done"), "time": say(request, "time")}
    yield _finished(run, request, notes.get(run.note) or told(run.note, request))


def _finished(run: Run, request: gr.Request, note: str) -> Outputs:
    picture, last = run.result(), max(0, len(run.lapse) - 1)
    step = run.step
    assert step is not None  # result() would have raised
    told = say(request, "end", iteration=step.iteration, width=step.size[0], height=step.size[1], seconds=step.seconds)
    compare = run.content.resize(picture.size, Image.Resampling.LANCZOS), picture
    png = str(run.png())
    frame = gr.update(maximum=max(1, last), value=last, interactive=last > 0)
    status = bar(step.iteration / max(1, step.iterations), f"{note} {told}")
    return run.frame(), status, _curves(run, request), gr.update(value=png, interactive=True), compare, frame


def _at(run: Run, request: gr.Request) -> str:
    step = run.step
    assert step is not None
    text = say(
        request,
        "at",
        iteration=step.iteration,
        iterations=step.iterations,
        width=step.size[0],
        height=step.size[1],
        speed=step.speed,
        left=resources.seconds_left(step) or 0,
    )
    return bar(step.iteration / max(1, step.iterations), text)


def _curves(run: Run, request: gr.Request) -> str:
    names = say(request, "content_name"), say(request, "style_name")
    return curves(run.curve, run.settings.iterations, say(request, "curves"), names)


def adjust(request: gr.Request, *values: Any) -> None:
    """Strength, learning rate and the like, moved while it paints: taken up at the next iteration.

    Not the number of iterations, which Continue may have changed since.
    """
    try:
        run = sessions.find(str(request.session_hash))
        wanted = settings_of(list(values))
        if not run.done and wanted.recipe == run.settings.recipe:
            run.change(replace(wanted, iterations=run.settings.iterations))
    except StylizeError:
        pass  # no run is under way; or Paint will say what is wrong with the settings


def recolor(keep: bool, request: gr.Request) -> Outputs:
    """The photo's own colours or the painting's, with no rerun."""
    try:
        run = sessions.find(str(request.session_hash))
        run.keep_colors = keep
        if not run.done:
            return SKIP, SKIP, SKIP, SKIP, SKIP, SKIP
        return _finished(run, request, say(request, "done"))
    except StylizeError:
        return SKIP, SKIP, SKIP, SKIP, SKIP, SKIP


# ---- after it


def frame(index: float, request: gr.Request) -> Any:
    """One of the kept frames."""
    with telling(request):
        run = sessions.find(str(request.session_hash))
    return run.colored(run.lapse.frame(min(len(run.lapse) - 1, max(0, int(index)))))


def video(request: gr.Request) -> tuple[str, str]:
    """The time-lapse, to play and to download."""
    with telling(request):
        path = str(sessions.find(str(request.session_hash)).video())
    return path, path


def sheet(
    request: gr.Request, content: str, style: str, second: str, mix: float, brush: Any, use: str, *values: Any
) -> Iterator[list[tuple[Image.Image, str]]]:
    """Six small paintings from faint to strong, each shown as soon as it is done."""
    done: list[tuple[Image.Image, str]] = []
    with telling(request):
        for strength in STRENGTHS:
            small = list(values)
            for name, value in (SHEET | {"style_weight": weight_of(strength, values[0])}).items():
                small[NAMES.index(name)] = value
            run = prepare(content, style, second, mix, brush, use, small)
            try:
                for _ in run.frames(seconds=60):
                    yield [*done, (run.result(), f"{strength:+d}")]
            finally:
                run.close()
            done.append((run.result(), f"{strength:+d}"))
        yield done


def picked(recipe: str, event: gr.SelectData) -> tuple[float, float]:
    """The strength of the preview that was clicked, and its style weight."""
    strength = STRENGTHS[int(event.index)]  # type: ignore[arg-type]
    return strength, weight_of(strength, recipe)
