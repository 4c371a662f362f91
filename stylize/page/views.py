"""Values for the page's components, by name, from the state of a visit."""

import html
from collections.abc import Collection
from typing import Any

import gradio as gr
from PIL import Image

from stylize import StylizeError, forecast
from stylize.step import Step

from .charts import curves
from .texts.i18n import FALLBACK, say, text, translated
from .visits.runs import Run
from .visits.sessions import Visit

Shown = dict[str, Any]
PHOTO = "photo"  # what Compare calls the photo itself
LIVE = ("painting", "status", "curves")
BUTTONS = ("paint", "stop", "more")
RESULT = (
    *LIVE, *BUTTONS, "png", "use", "compare", "left", "right", "frame", "kept", "frame_png", "from_here", "film",
    "film_file", "history",
)  # fmt: skip


def status(state: str, part: float, *lines: str) -> str:
    """The line under the painting; page.js reads its state for the tab's title and for screen readers."""
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in lines if line)
    label = html.escape(lines[0] if lines else "")
    return (
        f'<div class="status" data-state="{state}" data-part="{part:.3f}">'
        f'<progress value="{part:.4f}" max="1" aria-label="{label}"></progress>{paragraphs}</div>'
    )


def notice(sentence: str, language: str) -> str:
    """A message over the page, until it is closed."""
    close = html.escape(say(language, "close"))
    return f'<div role="alert"><span>{html.escape(sentence)}</span><button aria-label="{close}">&times;</button></div>'


def failed(visit: Visit | None, error: StylizeError, outputs: Collection[str]) -> Shown:
    """A notice of an error; where the painting's buttons are among the outputs and it is at rest, the painting too."""
    language = visit.language if visit else FALLBACK
    told: Shown = {"notice": notice(translated(error, language), language)}
    if visit is None or visit.active is not None or "stop" not in outputs:
        return told
    visit.waiting = False
    try:
        return finished(visit) | told
    except OSError:  # the disk is full
        return empty(visit, True) | told


def empty(visit: Visit, pictures: bool = False) -> Shown:
    """Before the first painting."""
    line = say(visit.language, "ready_both" if pictures else "example")
    return {
        "status": status("ready", 0, line),
        "curves": _curves(visit.language, None),
        "paint": gr.update(value=text("paint")),
        "stop": gr.update(interactive=False),
        "more": gr.update(interactive=False),
    }


def waiting(visit: Visit) -> Shown:
    """After Paint was pressed, until the painting begins."""
    return {
        "status": status("waiting", 0, say(visit.language, "starting")),
        "paint": gr.update(value=text("paint_anew")),
        "stop": gr.update(interactive=True),
        "more": gr.update(interactive=False),
        "from_here": gr.update(interactive=False),
        "tabs": gr.Tabs(selected="painting"),
        "notice": "",
    }


def at_work(visit: Visit, run: Run) -> Shown:
    """A frame of the painting under way."""
    return {"painting": run.streamed(), "status": _working(visit, run), "curves": _curves(visit.language, run)}


def _working(visit: Visit, run: Run) -> str:
    step = run.step
    assert step is not None
    line = say(visit.language, "at", **_numbers(step), iterations=step.iterations)
    second = ""
    if step.speed:
        second = say(visit.language, "speed", speed=step.speed, left=forecast.seconds_left(step))
    return status("painting", step.iteration / max(1, step.iterations), line, second)


def _numbers(step: Step) -> dict[str, object]:
    return {"iteration": step.iteration, "width": step.size[0], "height": step.size[1], "seconds": step.seconds}


def finished(visit: Visit, note: str = "") -> Shown:
    """The present painting at rest, in the picture's place and in every tool; `note` says how it came to be there.

    Where there is none, a word about what to do.
    """
    run = visit.current
    if run is None or run.step is None:
        return empty(visit, True)
    last = len(run.lapse) - 1
    png = run.png()
    return {
        "painting": png,
        "status": ended(visit, run, note),
        "curves": _curves(visit.language, run),
        "paint": gr.update(value=text("paint")),
        "stop": gr.update(interactive=False),
        "more": gr.update(interactive=True),
        "png": gr.update(value=png, interactive=True),
        "use": gr.update(interactive=True),
        "frame": gr.update(maximum=max(1, last), value=last, interactive=last > 0),
        "kept": gr.update(value=run.saved(run.frame(last), "frame")),
        "frame_png": gr.update(interactive=False),
        "from_here": gr.update(interactive=last > 0),
        "film": gr.update(interactive=True),
        "film_file": gr.update(interactive=False),
        **_comparison(visit),
        "history": history(visit),
    }


def ended(visit: Visit, run: Run, note: str = "") -> str:
    """The status of a painting at rest."""
    step, language = run.step, visit.language
    assert step is not None
    if isinstance(run.note, StylizeError):
        line = translated(run.note, language)
    else:
        line = say(language, run.note or note or ("done" if step.last else "stopped"))
    numbers = _numbers(step) | dict(zip(("width", "height"), run.full_size, strict=True))
    line += " " + say(language, "end", **numbers)
    enlarged = say(language, "enlarged", **_numbers(step)) if run.enlarged else ""
    return status("done" if step.last else "stopped", step.iteration / max(1, step.iterations), line, enlarged)


def history(visit: Visit) -> Any:
    """Thumbnails with the settings that tell them apart, the newest first."""
    runs = [run for run in reversed(visit.runs) if run.step]
    shown = [(run.thumbnail(), say(visit.language, "caption", **_summary(run))) for run in runs]
    return gr.update(value=shown, visible=bool(shown), selected_index=None)


def in_history(visit: Visit, index: int) -> Run:
    """The painting of a thumbnail. Raises StylizeError where there is none."""
    shown = [run for run in reversed(visit.runs) if run.step] or [visit.result()]
    return shown[max(0, min(index, len(shown) - 1))]


def _summary(run: Run) -> dict[str, object]:
    """The settings that tell paintings apart."""
    assert run.step is not None
    strength = f"{run.settings.strength:+g}".replace("+0", "0")
    return {"strength": strength, "size": max(run.full_size), "iteration": run.step.iteration}


def _comparison(visit: Visit) -> Shown:
    """Before and after; and every two paintings of this visit to choose from."""
    run = visit.current
    assert run is not None
    language = visit.language
    choices = [(say(language, "photo_itself"), PHOTO)]
    for number, other in enumerate(visit.runs, 1):
        if other.step:
            choices.append((say(language, "painted_as", number=number, **_summary(other)), other.number))
    return {
        "left": gr.update(choices=choices, value=PHOTO, interactive=True),
        "right": gr.update(choices=choices, value=run.number, interactive=True),
        "compare": compared(visit, PHOTO, run.number),
    }


def compared(visit: Visit, left: str, right: str) -> tuple[str, str]:
    """Two pictures as files, both of the right one's size, nothing distorted."""
    present = visit.result()
    named = {run.number: run for run in visit.runs if run.step} | {present.number: present}
    owner = named.get(right) or named.get(left) or present

    def chosen(name: str) -> Image.Image:
        return named[name].picture() if name in named else owner.photo()

    size = chosen(right).size
    pair = [_fitted(chosen(name), size) for name in (left, right)]
    return owner.saved(pair[0], "left"), owner.saved(pair[1], "right")


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    scale = min(size[0] / image.width, size[1] / image.height)
    inner = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    canvas = Image.new("RGB", size, "gray")
    canvas.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return canvas


def _curves(language: str, run: Run | None) -> str:
    start = run.settings.init if run else "content"
    words = {"content": "content_name", "style": "style_name", "x": "axis_x", "y": "axis_y", "none": "no_curves"}
    words |= {"why": f"why_{start}"}
    texts = {key: say(language, name) for key, name in words.items()}
    return curves(run.curve if run else [], run.settings.iterations if run else 1, texts)
