"""What the page's controls do: values by name in, what changes on the page by name out."""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import gradio as gr

from stylize import Settings, StylizeError
from stylize.engine import weights
from stylize.facts import NETWORKS

from . import form, limits, views
from .layout import TABS
from .texts.i18n import known, language_of, say, translated
from .views import Shown
from .visits import inputs, sessions
from .visits.runs import Run
from .visits.sessions import Visit, find

STRENGTHS = (-4, -2, -1, 0, 1, 3)  # of the contact sheet
SHEET: dict[str, float] = {"size": 192, "iterations": 100}
SHEET_SECONDS = 60.0  # of one preview


# ---- coming, and the language


def arrive(request: gr.Request, token: str, language: str) -> Shown:
    """A tab was opened or reloaded: its paintings come back, or the address's settings are set."""
    visit = sessions.arrive(str(request.session_hash), _token(token), known(language or language_of(request)))
    run = visit.current
    if run is None or run.step is None:
        return views.empty(visit) | form.controls_from(str(request.query_params))
    return views.finished(visit, "brought") | _pictures(run) | form.controls_at(run.settings)


def _token(token: str) -> str:
    if len(token or "") != 32 or not token.isalnum():
        raise StylizeError("This visit is over; reload the page.")
    return token


def leave(request: gr.Request) -> None:
    """A tab was closed or reloaded."""
    sessions.leave(str(request.session_hash))


def speak(request: gr.Request, language: str, content: str | None, style: str | None) -> Shown:
    """The page speaks another language now: what the server wrote is written again."""
    visit = find(request)
    visit.language = known(language)
    # Gradio itself leaves tabs that were not opened yet in the language that the page began with.
    shown: Shown = {f"tab_{name}": gr.Tab(label=say(visit.language, name)) for name in TABS}
    if visit.active is not None:
        return shown  # its next frame says the rest
    if visit.current is not None and visit.current.step is not None:
        return shown | views.finished(visit)
    return shown | views.empty(visit, bool(content and style))


# ---- pictures and settings


def look(request: gr.Request, content: str | None, style: str | None, region: str | None, **values: Any) -> Shown:
    """Pictures or settings were changed: what is wrong with them at once, what may be pressed, what it will cost."""
    visit, shown = find(request), Shown()
    for name, path in (("content", content), ("style", style)):
        try:
            if path:
                form.checked_picture(path)
        except StylizeError as error:
            notice = views.notice(translated(error, visit.language), visit.language)
            return {name: None, "notice": notice, "paint": gr.update(interactive=False)}
    ready = bool(content and style)
    shown["paint"] = shown["previews"] = gr.update(interactive=ready)
    if visit.active is None and visit.current is None:
        shown["status"] = views.empty(visit, ready)["status"]
    try:
        settings = form.settings_of(values)
    except StylizeError as error:
        return shown | {"expected": translated(error, visit.language)}
    shape = inputs.shape(content, inputs.region_of(region, "not")) if content else (4, 3)
    shown["expected"] = form.expected(visit.language, shape, settings)
    if narrow := form.checked_shape(visit.language, shape, settings):
        shown["notice"] = views.notice(narrow, visit.language)
    return shown


def adjust(request: gr.Request, **values: Any) -> Shown:
    """Controls moved while it paints or waits: taken up at the next iteration."""
    with suppress(StylizeError):  # the line about the cost says what is wrong with the settings
        find(request).change(form.settings_of(values))
    return {}


def recolor(request: gr.Request, keep_colors: bool) -> Shown:
    """The photo's own colours or the painting's, with no rerun: before, during and after."""
    visit = find(request)
    run = visit.current
    if run is None:
        return {}
    run.recolor(keep_colors)
    if run is visit.active or run.step is None:
        return {}
    shown = views.finished(visit)
    if visit.active is None and not visit.waiting:
        return shown
    return {name: value for name, value in shown.items() if name not in ("status", *views.BUTTONS)}


def recipe(request: gr.Request, recipe: str) -> Shown:
    """The recipe's own defaults."""
    return form.controls_at(Settings(recipe=recipe))


def load_settings(request: gr.Request, load: str) -> Shown:
    """The settings inside a picture."""
    return form.controls_in(load)


def link(request: gr.Request, **values: Any) -> Shown:
    """A query string for these settings; the page makes it a whole address."""
    return {"address": form.query(form.settings_of(values))}


# ---- painting


def begin(request: gr.Request) -> Shown:
    """Paint or another button that paints was pressed: what is at work ends, this one waits for its turn."""
    visit = find(request)
    return {"turn": visit.begin()} | views.waiting(visit)


def begin_sheet(request: gr.Request) -> Shown:
    """Previews were asked for: they are seen where they are shown."""
    return begin(request) | {"tabs": gr.Tabs(selected="sheet")}


def paint(request: gr.Request, turn: int, download: bool, **values: Any) -> Iterator[Shown]:
    """Paint the two pictures."""
    visit = find(request)
    settings = form.settings_of(values)
    if weights.missing_weights(settings.network):
        if not download:
            raise StylizeError(
                "The weights of the {network} network are not on this machine; tick the box to download them "
                "({megabytes} MB), or paint with another network.",
                network=settings.network,
                megabytes=NETWORKS[settings.network].megabytes,
            )
        for done, total in weights.download(settings.network):
            line = say(visit.language, "weights", done=done / 1e6, total=total / 1e6)
            yield {"status": views.status("painting", done / max(1, total), line)}
    yield from _painted(visit, Run(_inputs(values), settings), turn)


def go_on(request: gr.Request, turn: int, **values: Any) -> Iterator[Shown]:
    """A hundred iterations more, with Adam's state where it is still there, at what the controls say by now."""
    visit = find(request)
    run, wanted = visit.result(), visit.wanted or form.settings_of(values)
    run.wait()
    if turn == visit.turn:
        before = run.copy()
        run.extend(limits.MORE)
        run.change(wanted)
        visit.keep_before(run, before)
        yield from _painted(visit, run, turn)


def from_here(request: gr.Request, turn: int, frame: float, **values: Any) -> Iterator[Shown]:
    """A new painting that goes on from a kept frame, at what the controls say by now."""
    visit = find(request)
    run = visit.result().branch(int(frame))
    run.change(visit.wanted or form.settings_of(values))
    yield from _painted(visit, run, turn)


def _painted(visit: Visit, run: Run, turn: int) -> Iterator[Shown]:
    if turn != visit.turn:
        return
    visit.show(run)
    for _ in visit.paint(run, turn):
        if visit.current is run:
            yield views.at_work(visit, run)
    if visit.current is run and not visit.waiting:
        yield views.finished(visit)


def stop(request: gr.Request) -> Shown:
    """Keep what there is, at the size asked for."""
    visit = find(request)
    run = visit.active
    visit.stop()
    if run is None or run not in visit.runs:  # it waited for its turn, or was a preview
        return views.finished(visit)
    run.wait()
    return views.finished(visit, "stopped")


def _inputs(values: dict[str, Any]) -> inputs.Inputs:
    region = inputs.region_of(values["region"], values["region_use"])
    second = values["second_style"] if values["mix"] else None
    return inputs.Inputs(values["content"], values["style"], second, float(values["mix"]), region)


# ---- after it


def restore(request: gr.Request, event: gr.SelectData) -> Shown:
    """A painting of the history was clicked: picture, settings and frames come back."""
    visit = find(request)
    run = views.in_history(visit, int(event.index))  # type: ignore[arg-type]
    visit.stop()
    visit.show(run)
    shown = views.finished(visit, "brought") | _pictures(run) | form.controls_at(run.settings)
    return shown | {"tabs": gr.Tabs(selected="painting")}


def _pictures(run: Run) -> Shown:
    given, region = run.inputs, run.inputs.region
    pictures = {"content": given.content, "style": given.style, "second_style": given.second, "mix": given.mix}
    return pictures | {"region": region.text, "region_use": region.use}


def compare(request: gr.Request, left: str, right: str) -> Shown:
    """Any two pictures of the visit, side by side under one slider."""
    return {"compare": views.compared(find(request), left, right)}


def frame(request: gr.Request, frame: float) -> Shown:
    """One of the kept frames, to look at and to download."""
    run, index = find(request).result(), int(frame)
    picture = run.saved(run.frame(index), "frame")
    return {"kept": picture, "frame_png": gr.update(value=run.png(index), interactive=True)}


def video(request: gr.Request) -> Shown:
    """The time-lapse, to play and to download."""
    path = find(request).result().video()
    return {"lapse": path, "film_file": gr.update(value=path, interactive=True)}


def use(request: gr.Request) -> Shown:
    """The painting becomes the photo of the next one."""
    return {"content": find(request).result().png()}


def sheet(request: gr.Request, turn: int, **values: Any) -> Iterator[Shown]:
    """Six small paintings from faint to strong, each shown as soon as it is done."""
    visit = find(request)
    pictures: list[tuple[str, str]] = []
    until = time.monotonic() + limits.MAX_SECONDS
    for number, strength in enumerate(STRENGTHS, 1):
        settings = form.settings_of(values | limits.capped(SHEET) | {"strength": strength})
        run = Run(_inputs(values), settings)
        line = say(visit.language, "trying", number=number, count=len(STRENGTHS), strength=strength)
        for _ in visit.paint(run, turn, min(SHEET_SECONDS, max(1.0, until - time.monotonic()))):
            assert run.step is not None
            part = (number - 1 + run.step.iteration / settings.iterations) / len(STRENGTHS)
            yield {
                "sheet": [*pictures, (run.streamed(), str(strength))],
                "status": views.status("trying", part, line),
            }
        if turn != visit.turn or run.step is None:
            run.pack()
            return  # stopped: `stop` has shown that
        pictures.append((run.saved(run.picture(), "preview"), str(strength)))
        run.pack()
    yield views.finished(visit) | {"sheet": pictures}


def picked(request: gr.Request, event: gr.SelectData) -> Shown:
    """A preview was clicked: its strength is painted large."""
    chosen = max(0, min(int(event.index), len(STRENGTHS) - 1))  # type: ignore[arg-type]
    return {"strength": STRENGTHS[chosen]} | begin(request)
