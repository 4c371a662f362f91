"""Values for the page's components, by name, from the state of a visit."""

from functools import partial
from typing import Any

import gradio as gr

from stylize import StylizeError
from stylize.step import Step

from . import cards, samples
from .cards import Card, status
from .charts import curves
from .texts.i18n import Numbers, name_of, say, text, translated, words_of
from .visits.inputs import Inputs
from .visits.runs import Run
from .visits.sessions import Visit, waits

Shown = dict[str, Any]


PHOTO = "photo"  # what stands behind the handle unless another painting was chosen
PHASES = ((0.25, "sketching"), (0.5, "colouring"), (0.8, "brushwork"), (1.0, "detail"))  # up to which part of all
RISE = 1.4  # a longer estimate of the time left is shown if it is so many times the one shown before
RESULT_BUTTONS = ("png", "share", "more", "use")
BUTTONS = ("paint", "stop", *RESULT_BUTTONS)
LIVE = ("painting", "status", "curves")
RESULT = (*LIVE, *BUTTONS, "before", "other", "film_file", "history")


def empty(visit: Visit, note: str = "") -> Shown:
    """The components before the first painting; `note` as in `finished`."""
    return {
        "status": at_rest(visit, note),
        "curves": _curves(visit.language, None),
        "paint": gr.update(value=text("paint")),
        "stop": gr.update(value=text("stop"), interactive=False),
        "more": gr.update(interactive=False),
    }


def starting(visit: Visit) -> str:
    """The status of a painting, or of variations, from the press on until it begins."""
    state = "trying" if visit.in_grid else "waiting"
    return status(state, 0, say(visit.language, "starting"), waits=waits(visit))


def waiting(visit: Visit) -> Shown:
    """The status after Paint was pressed, until the painting, or the first of the variations, begins."""
    shown: Shown = {
        "status": at_rest(visit) if visit.in_grid else starting(visit),
        "paint": gr.update(value=text("paint_anew")),
        "stop": gr.update(value=text("stop"), interactive=True),
        "tabs": gr.Tabs(selected="grid" if visit.in_grid else "painting"),
        "notice": "",
    }
    if visit.in_grid:  # the painting and its film stay meanwhile
        return shown
    return shown | {"lapse": None} | dict.fromkeys(RESULT_BUTTONS, gr.update(interactive=False))


def at_work(visit: Visit, run: Run) -> Shown:
    """A frame of the running painting, with its status and curves."""
    return {"painting": run.streamed(), "status": _working(visit, run), "curves": _curves(visit.language, run)}


def _working(visit: Visit, run: Run) -> str:
    step, language = run.step, visit.language
    assert step is not None
    part = step.iteration / max(1, step.iterations)
    phase = next((name for most, name in PHASES if part <= most), "detail")
    line = say(language, "detail" if step.size == run.full_size else phase)  # "100 more steps" begins there
    numbers = say(language, "at", **_numbers(step), iterations=step.iterations)
    if step.seconds_left is not None and 4 * max(step.size) >= max(run.full_size):  # the first sizes tell little
        if not run.told < step.seconds_left < RISE * run.told:
            run.told = step.seconds_left
        line += ", " + about(language, run.told)
    if step.speed:
        numbers += " · " + say(language, "speed", speed=step.speed)
    if step.seconds_left is not None and step.seconds:
        part = step.seconds / (step.seconds + step.seconds_left)
    run.part = max(run.part, part)  # of the time, where it is known; the bar never goes back
    return status("painting", run.part, line, numbers, taken=len(step.history) - 1)


def about(language: str, seconds: float) -> str:
    return say(language, "about", time=cards.rounded(seconds)) if seconds >= 1.5 else say(language, "nearly")


def _numbers(step: Step) -> dict[str, object]:
    return {"iteration": step.iteration, "width": step.size[0], "height": step.size[1], "seconds": step.seconds}


def finished(visit: Visit, note: str = "") -> Shown:
    """The finished or stopped painting, in all components that show it; `note` is a key of the status text.

    Before the first painting: see `empty`.
    """
    run = visit.current
    if run is None or not visit.has_painting:
        return empty(visit, note)
    png = run.png()
    on = gr.update(interactive=True)
    return {
        "painting": png,
        "status": at_rest(visit, note),
        "curves": _curves(visit.language, run),
        "paint": gr.update(value=text("paint")),
        "stop": gr.update(value=text("stop"), interactive=False),
        **dict.fromkeys(("more", "share", "use"), on),
        "png": gr.update(value=png, interactive=True),
        "film_file": gr.update(interactive=False),
        **behind(visit, PHOTO),
        "history": history(visit),
    }


def at_rest(visit: Visit, note: str = "") -> str:
    """The status while no painting is at work: what is missing, or which one is shown; `note` is a key of a text.

    State "other": page.js shows the chosen photo in the painting's place, until it is painted. State "trying":
    variations are being painted.
    """
    run, language = visit.current if visit.has_painting else None, visit.language
    content, style = (visit.slots.get(name, "unknown") for name in ("content", "style"))
    part, numbers = 1.0, ""
    missing = "no_photo" if not content else "no_style" if not style else ""
    if visit.unpainted or (missing and run is None):
        state, line = "other", say(language, missing or "not_painted")
    elif run is None or run.step is None:
        state, line = "ready", say(language, "example")
    else:
        step, state = run.step, "done" if run.step.last else "stopped"
        why = run.note or note or ("earlier" if visit.earlier and step.last else state)
        said = translated(why, language) if isinstance(why, StylizeError) else say(language, why)
        line = f"{styles_name(visit, run.inputs)} · {said}"
        if run.enlarged:
            line += " " + say(language, "enlarged", **_numbers(step))
        if missing or visit.changed:
            line = say(language, missing or "changed")
        part, numbers = step.iteration / max(1, step.iterations), say(language, "end", **_numbers(step))
    if visit.in_grid and visit.begun and visit.busy:
        state, line = "trying", say(language, "at_grid", tab=say(language, "tab_grid"))
    marks = {
        "changed": visit.changed or missing,
        "differs": visit.changed or visit.earlier,
        "painted": visit.has_painting and not visit.unpainted,
    }
    return status(state, part, line, numbers, marks=[name for name, holds in marks.items() if holds])


def variations(visit: Visit, line: str, part: float = 1) -> str:
    """HTML of the grid of variations, below a line about them; `part`: how much of them is painted."""
    state = "trying" if part < 1 else "tried"
    return status(state, part, line) + cards.grid(visit.grid, say(visit.language, "tab_grid"))


def of_slots(visit: Visit, changed: bool = True, each: float = 0.0) -> Shown:
    """Buttons and status by the newest pictures on the page: an earlier answer may arrive later.

    `each`: expected seconds of a variation, where they are known.
    """
    photo, style = (bool(visit.slots.get(name)) for name in ("content", "style"))
    shown: Shown = {"paint": gr.update(interactive=photo and style)}
    for name, count, ready in (
        ("vary_styles", len(samples.STYLES) + len(visit.styles), photo),
        ("vary_strengths", len(cards.STOPS), photo and style),
    ):
        told = "\n" + about(visit.language, count * each) if each else ""
        shown[name] = gr.update(value=say(visit.language, name) + told, interactive=ready)
    return shown | ({"status": at_rest(visit)} if changed and not visit.busy else {})


# ---- the history, and what stands behind the handle


def history(visit: Visit) -> str:
    """HTML of the visit's paintings as cards, newest first."""
    runs = [run for run in reversed(visit.runs) if run.has_begun]
    unfinished = f" ({say(visit.language, 'unfinished')})"
    running = visit.active if visit.begun else None  # one that was stopped may need a moment to end
    shown = [
        Card(
            run.number,
            styles_name(visit, run.inputs) + unfinished * (run is not running and not (run.is_done or run.extended)),
            run.shown("small"),
            data={
                "time": f"{run.created:.0f}",
                "full": cards.url(run.shown("painting")),
                "photo": cards.url(run.shown("photo")),
                "present": str(run is visit.current).lower(),
            },
        )
        for run in runs
    ]
    return cards.titled(shown, say(visit.language, "history")) if shown else ""


def behind(visit: Visit, other: str) -> Shown:
    """The comparison picture: the photo, or another painting of the visit, padded to this one's shape."""
    run, language = visit.result(), visit.language
    others = [one for one in visit.runs if one.has_begun and one is not run]
    chosen = next((one for one in others if one.number == other), None)
    choices = {PHOTO: say(language, "photo_itself")}
    for one in others:
        names = styles_name(visit, one.inputs), name_of(language, one.inputs.content)
        choices[one.number] = " · ".join(
            (*names, say(language, "step", iteration=one.step.iteration if one.step else 0))
        )
    return {
        "before": cards.before(run.beside(chosen.picture()) if chosen else run.shown("photo")),
        "other": cards.choice(say(language, "other"), choices) if others else "",
    }


def styles_name(visit: Visit, inputs: Inputs) -> str:
    """The names of the styles that take part in a painting."""
    return " + ".join(style_name(visit, path) for path in inputs.styles)


def style_name(visit: Visit, path: str) -> str:
    """The name of a style: a sample's own, or "My style 1" and so on of the visit's uploads."""
    paths = [path for path, _ in visit.styles]
    if path in paths:
        return say(visit.language, "own_style", number=paths.index(path) + 1)
    return name_of(visit.language, path)


def own_styles(visit: Visit) -> str:
    """HTML of the visit's uploaded styles as cards."""
    shown = [
        Card(f"own{place}", style_name(visit, path), thumbnail, data={"file": path})
        for place, (path, thumbnail) in enumerate(visit.styles)
    ]
    return cards.grid(shown, say(visit.language, "own_styles")) if shown else ""


def _curves(language: str, run: Run | None) -> str:
    start = run.settings.init if run else "content"
    keys = {"content": "content_name", "style": "style_name", "x": "axis_x", "y": "axis_y", "none": "no_curves"}
    texts = {key: words_of(language)[name] for key, name in (keys | {"why": f"why_{start}"}).items()}
    number = partial(Numbers(language).format, "{:.4g}")
    return curves(run.curve if run else [], run.settings.iterations if run else 1, texts, number)
