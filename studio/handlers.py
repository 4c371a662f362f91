"""What the page's buttons do: pictures and settings in, a visitor's run on, what the page shows of it out."""

import inspect
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr
import torch
from PIL import Image

from stylize import Settings, StylizeError, machine, pictures
from stylize.device import best_device, fast_dtype
from stylize.networks import load_network
from stylize.settings import SPECS
from stylize.weights import cached_vgg19, download_vgg19

from . import limits, runs
from .curves import bar, curves
from .runs import Run
from .words import EN, say, told

# The controls, in their order: one for each setting, but for the style layers' weights, which have one each.
NAMES = tuple(name for name in SPECS if name != "style_layer_weights")
LAYERS = 5
STRENGTHS = (-4, -2, -1, 0, 1, 3)  # of the contact sheet
SHEET = {"size": 192, "iterations": 100}
SKIP = gr.skip()
Outputs = tuple[Any, ...]  # painting, status, curves, png, compare, frame


def settings_of(values: list[Any]) -> Settings:
    """Settings from the controls' values, checked. Raises StylizeError."""
    named = dict(zip(NAMES, values, strict=False))
    settings = Settings(**named, style_layer_weights=tuple(values[len(NAMES) :]))
    limits.check(settings)
    return settings


def values_of(settings: Settings) -> list[Any]:
    """The controls at these settings."""
    spec = {name: {"value": getattr(settings, name)} for name in NAMES}
    for name, update in spec.items():
        if SPECS[name]["low"] is not None:
            update["maximum"] = limits.high(name, settings.recipe, SPECS[name])
    return [gr.update(**spec[name]) for name in NAMES] + list(settings.style_layer_weights)


def prepare(
    content: str | None, style: str | None, second: str | None, mix: float, brush: Any, use: str, values: list[Any]
) -> Run:
    """A run, ready to begin. Raises StylizeError where something is missing or wrong."""
    if not content or not style:
        raise StylizeError("Choose two pictures first: a content and a style.")
    settings = settings_of(values)
    photo, styles = pictures.open_picture(content), [(pictures.open_picture(style), 1.0)]
    if second and mix:
        pair = styles[0][0], pictures.open_picture(second)
        styles = [(picture, weight) for picture, weight in zip(pair, (1 - mix, mix), strict=True) if weight > 0]
    if settings.network == "vgg19" and not cached_vgg19():
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
    return pictures.mask_of([layer.getchannel("A") for layer in layers], photo.size, inverted=use == "not")


@contextmanager
def telling(request: gr.Request | None = None) -> Iterator[None]:
    """What is wrong as one sentence on the page, in the visitor's language."""
    try:
        yield
    except StylizeError as error:
        raise gr.Error(told(error, request), print_exception=False) from None


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
        if values[NAMES.index("network")] == "vgg19" and download and not cached_vgg19():
            yield from _download(request)
        run = prepare(content, style, second, mix, brush, use, list(values))
        runs.start(str(request.session_hash), run)
        yield from _shown(run, request)


def go_on(request: gr.Request) -> Iterator[Outputs]:
    """A hundred iterations more, with Adam's state as it was."""
    with telling(request):
        yield from _shown(runs.find(str(request.session_hash)), request, more=runs.MORE)


def stop(request: gr.Request) -> Outputs:
    """Keep what there is, at full quality."""
    try:
        run = runs.find(str(request.session_hash))
        run.settle()
        return _finished(run, request, say(request, "stopped"))
    except StylizeError:
        return SKIP, greet(request), SKIP, SKIP, SKIP, SKIP


def _download(request: gr.Request) -> Iterator[Outputs]:
    for done, total in download_vgg19():
        text = say(request, "weights", done=done / 1e6, total=total / 1e6)
        yield SKIP, bar(done / max(1, total), text), SKIP, SKIP, SKIP, SKIP


def _shown(run: Run, request: gr.Request, more: int = 0) -> Iterator[Outputs]:
    with closing(run.frames(more)) as frames:
        for _ in frames:
            yield run.frame(), _at(run, request), _curves(run, request), SKIP, SKIP, SKIP
    notes = {"": say(request, "done"), "time": say(request, "time")}
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
    speed = step.iteration / step.seconds if step.iteration else 0.0
    text = say(
        request,
        "at",
        iteration=step.iteration,
        iterations=step.iterations,
        width=step.size[0],
        height=step.size[1],
        speed=speed,
        left=machine.seconds_left(run.settings, run.content.size, step.iteration, step.seconds),
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
        run = runs.find(str(request.session_hash))
        wanted = settings_of(list(values))
        if not run.done and wanted.recipe == run.settings.recipe:
            run.change(replace(wanted, iterations=run.settings.iterations))
    except StylizeError:
        pass  # no run is under way; or Paint will say what is wrong with the settings


def recolor(keep: bool, request: gr.Request) -> Outputs:
    """The photo's own colours or the painting's, with no rerun."""
    try:
        run = runs.find(str(request.session_hash))
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
        run = runs.find(str(request.session_hash))
    return run.colored(run.lapse.frame(min(len(run.lapse) - 1, max(0, int(index)))))


def video(request: gr.Request) -> tuple[str, str]:
    """The time-lapse, to play and to download."""
    with telling(request):
        path = str(runs.find(str(request.session_hash)).video())
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


def weight_of(strength: float, recipe: str) -> float:
    """The style weight at a strength: twice as much for each step, the recipe's own at 0."""
    spec = SPECS["style_weight"]
    return min(spec["high"][recipe], spec["default"][recipe] * 2.0**strength)


# ---- settings


def expect(request: gr.Request, content: str | None, *values: Any) -> str:
    """How long it will take, and how much memory."""
    try:
        settings = settings_of(list(values))
        if settings.network == "vgg19" and not cached_vgg19():
            return ""
        shape = pictures.shape_of(content) if content else (4, 3)
        network = load_network(settings.network, best_device(), settings.plain)
        seconds = machine.seconds_needed(settings, shape, network)
        bfloat16 = fast_dtype(best_device()) is torch.bfloat16
        needed = machine.memory_needed(settings, shape, settings.network, bfloat16)
        return say(request, "expect", seconds=max(1, seconds), gigabytes=max(0.1, needed / 1e9))
    except StylizeError as error:
        return told(error, request)


def load_settings(path: str, request: gr.Request) -> list[Any]:
    """The controls at the settings inside a picture."""
    with telling(request):
        return values_of(Settings(**pictures.read_settings(path)))


def link(request: gr.Request, *values: Any) -> str:
    """A query string that brings these settings back; what is the recipe's default is left out."""
    with telling(request):
        settings = settings_of(list(values))
    default = Settings(recipe=settings.recipe)
    changed = {name: getattr(settings, name) for name in SPECS if getattr(settings, name) != getattr(default, name)}
    if "style_layer_weights" in changed:
        changed["style_layer_weights"] = ",".join(f"{weight:g}" for weight in settings.style_layer_weights)
    return "?" + urlencode(changed)


def from_link(request: gr.Request) -> list[Any]:
    """The controls as the page's address asks; an address with a mistake in it is told and left aside."""
    given = {name: value for name, value in parse_qsl(str(request.query_params)) if name in SPECS}
    if not given:
        return [SKIP] * (len(NAMES) + LAYERS)
    try:
        return values_of(Settings(**{name: _parsed(name, text) for name, text in given.items()}))
    except StylizeError as error:
        gr.Warning(told(error, request))
        return [SKIP] * (len(NAMES) + LAYERS)


def _parsed(name: str, text: str) -> Any:
    kind = type(SPECS[name]["default"]["live"])
    try:
        if kind is bool:
            return {"True": True, "False": False}[text]
        if kind is tuple:
            return tuple(float(part) for part in text.split(","))
        return text if kind is str else float(text)
    except (ValueError, KeyError):
        return text  # which Settings refuses, and says why


# ---- for programs


def api_stylize(content: str | None, style: str | None, *values: Any) -> Iterator[tuple[str, str, str]]:
    """Paint `content` in the manner of `style`, streaming.

    Yields (picture, losses, file): a JPEG as the painting grows, its last value a PNG with the settings inside;
    one line about it; and the PNG once more.
    """
    with telling():
        run = prepare(content, style, None, 0, None, "", [*values[:-1], *(values[-1] or ())])
        try:
            for _ in run.frames():
                picture = run.frame()
                yield picture, _line(run), picture
            png = str(run.png())
            yield png, _line(run), png
        finally:
            run.close(keep_files=limits.KEPT_SECONDS)


def _line(run: Run) -> str:
    step = run.step
    assert step is not None
    told = f"content loss {step.content_loss:.4g} · style loss {step.style_loss:.4g}"
    return f"{step.iteration}/{step.iterations} iterations · {told}" + (f" · {run.note}" if run.note else "")


# The endpoint's parameters are the settings by name, so that a client can leave out what it does not change.
_parameters = ["content", "style", *NAMES, "style_layer_weights"]
api_stylize.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in _parameters]
)


def paint_picture(content: str, style: str, strength: float = 0, size: int = 512) -> str:
    """Paint a photo in the manner of a painting, and return the finished picture.

    Args:
        content: the photo
        style: the painting whose manner it takes
        strength: from -4 (a hint of the style) to 4 (almost nothing but style)
        size: longer side of the result in pixels
    """
    values = {name: SPECS[name]["default"]["live"] for name in NAMES}
    values |= {"size": size, "style_weight": weight_of(strength, "live")}
    layers = SPECS["style_layer_weights"]["default"]["live"]
    *_, (picture, _, _) = api_stylize(content, style, *values.values(), layers)
    return picture


assert set(NAMES) <= set(EN)
