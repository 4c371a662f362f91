"""Handlers of the controls that do not paint: named values in, new values of named components out."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import gradio as gr

from stylize import Settings, StylizeError

from . import form, limits, notices, samples, views
from .events import file_value
from .guard.paths import checked
from .texts.i18n import known, say
from .views import Shown
from .visits import inputs, sessions
from .visits.runs import Run
from .visits.sessions import Visit, find

OWN_STYLES = 12  # uploaded styles that a visit's gallery keeps
NO_FILM: Shown = {"lapse": None, "film_file": gr.update(interactive=False)}  # of a photo that is not painted yet
KEPT_CONTROLS = ("size", "strength", "style_scale")  # by another recipe, where it allows their values


# ---- a tab comes and goes


def arrive(request: gr.Request, token: str, language: str) -> Shown:
    """Open or reload a tab: find or make its visit, and apply the settings in the query string."""
    if len(token or "") != 32 or not token.isalnum():
        raise StylizeError("This visit is over; reload the page.")
    visit = sessions.arrive(str(request.session_hash), token, known(language))
    return form.controls_from(str(request.query_params)) | {"own_styles": views.own_styles(visit)}


def bring_back(request: gr.Request) -> Shown:
    """Show what a reloaded tab had; keep.js brings back its pictures and controls, and lets go on what was painted."""
    visit = find(request)
    run, shown = visit.current, Shown()
    if visit.in_grid:
        grid = views.variations(visit, say(visit.language, "tap_one"))
        shown |= {"grid": grid, "tabs": gr.Tabs(selected="grid")}
    if run is None or run.step is None:
        return shown
    return shown | views.finished(visit, "brought" if run.step.last else "stopped")


def leave(request: gr.Request) -> None:
    """Close a tab."""
    sessions.leave(str(request.session_hash))


# ---- pictures


def look(
    request: gr.Request,
    content: str | None,
    style: str | None,
    second_style: str | None,
    region: str | None,
    **values: Any,
) -> Shown:
    """Check changed pictures and settings: report mistakes, enable buttons, update the expected times."""
    visit, shown = find(request), Shown()
    before, now = visit.slots, {"content": content, "style": style, "second_style": second_style}
    for name, path in now.items():
        if not path:
            continue
        try:
            if (picture := form.shown_picture(path)) != path:
                return _replaced(name, path, picture)  # which calls this again
        except StylizeError as error:
            old = before.get(name)  # it returns, unless it is the one that cannot be read any more
            back = old if old != path else None
            visit.warned = now | {name: back}
            return _replaced(name, path, back) | notices.failed(visit, error, ())
    drawn = inputs.region_of(region)
    changed = visit.choose(now, drawn)
    if visit.warned and visit.warned != now:
        shown["notice"], visit.warned = "", {}
    if style and _new_style(visit, style):
        shown["own_styles"] = views.own_styles(visit)
    try:
        settings = form.settings_of(values)
    except StylizeError as error:
        visit.warned = {"settings": str(error)}  # never equal to the slots: the next valid look clears the notice
        return shown | views.of_slots(visit) | notices.failed(visit, error, ())
    changed = visit.set(settings) or changed
    if changed and visit.changed and visit.active is visit.current and not visit.waiting:
        shown |= notices.goes_on(visit)
    shape = inputs.shape(content, drawn) if content else (4, 3)
    shown["expected"] = form.expected(visit.language, shape, settings)
    if drawn.takes_second and not second_style:
        shown |= notices.failed(visit, inputs.NO_SECOND_STYLE, ())
        visit.warned = {"second_style": "missing"}  # never equal to the slots: the next look clears the notice
    if narrow := form.checked_shape(visit.language, shape, settings):
        shown["notice"], visit.warned = notices.notice(narrow, visit.language), now
    if visit.unpainted:
        shown |= NO_FILM
    each = form.seconds_of(settings, shape, **limits.capped(form.SMALL))
    return shown | views.of_slots(visit, changed or not visit.has_painting, each)


def _replaced(name: str, path: str, other: str | None) -> Shown:
    """Ask the page to replace a picture by another one, or by none; `made` makes each answer unique, applied once."""
    given = {name: [path, file_value(other) if other else None], "made": time.monotonic()}
    return {"replaced": json.dumps(given)}


def _new_style(visit: Visit, style: str) -> bool:
    """Add an uploaded style to the visit's gallery; returns whether it was new."""
    if Path(style).name in samples.NAMES or style in [path for path, _ in visit.styles]:
        return False
    visit.styles = [*visit.styles, (style, samples.small(checked(style)))][-OWN_STYLES:]
    return True


def choose_photo(request: gr.Request, event: gr.EventData) -> Shown:
    """Choose a sample photo."""
    return {"content": str(samples.of_card(card_of(event)))}


def choose_second(request: gr.Request, event: gr.EventData) -> Shown:
    """Choose a sample as the second style."""
    return {"second_style": str(samples.of_card(card_of(event)))}


def style_of(visit: Visit, card: str) -> str:
    """Return the file of a style's card: a sample, or an upload of the visit. Raises StylizeError."""
    if card.startswith("own"):
        for place, (path, _) in enumerate(visit.styles):
            if card == f"own{place}":
                return path
    return str(samples.of_card(card))


def card_of(event: gr.EventData) -> str:
    """Return the key that a pressed card sent."""
    data = event._data if isinstance(event._data, dict) else {}
    return str(data.get("card") or "")[:80]


# ---- settings


def adjust(request: gr.Request, **values: Any) -> Shown:
    """Change settings of a painting that runs or waits, from its next iteration on, or of the next painting."""
    visit = find(request)
    with suppress(StylizeError):  # `look` says what is wrong with the settings
        settings = form.settings_of(values)
        visit.change(settings)
        if visit.set(settings) and not visit.busy:
            return {"status": views.at_rest(visit)}
    return {}


def recolor(request: gr.Request, keep_colors: bool) -> Shown:
    """Switch between the photo's colours and the painting's, without painting again."""
    visit = find(request)
    run = visit.current
    if run is None:
        return {}
    run.recolor(keep_colors)
    if run is visit.active or run.step is None:
        return {}
    shown = views.finished(visit)
    if not visit.busy:
        return shown
    return {name: value for name, value in shown.items() if name not in ("status", *views.BUTTONS)}


def recipe(request: gr.Request, recipe: str, **values: Any) -> Shown:
    """Change to a recipe's defaults; size, strength and brush size are kept if it allows them."""
    kept = {name: values[name] for name in KEPT_CONTROLS}
    with suppress(StylizeError):
        return form.controls_at(form.settings_of(kept | {"recipe": recipe}))
    return form.controls_at(Settings(recipe=recipe))


def load_settings(request: gr.Request, load: str) -> Shown:
    """Load the settings inside a picture."""
    return form.controls_in(load)


def link(request: gr.Request, **values: Any) -> Shown:
    """Make a query string of these settings; page.js copies it as a URL."""
    return {"address": form.query(form.settings_of(values))}


# ---- paintings that are done


def show_painting(request: gr.Request, event: gr.EventData) -> Shown:
    """Show a painting of the history; the controls stay, but for the box in its own bar: the photo's colours."""
    visit = find(request)
    number = card_of(event)
    run = next((run for run in visit.runs if run.number == number and run.step), None) or visit.result()
    stopped = visit.active
    visit.stop()
    visit.open(run)
    shown = views.finished(visit) | {"keep_colors": run.settings.keep_colors}
    if stopped is not run and stopped in visit.runs:
        told = say(visit.language, "was_stopped", name=views.styles_name(visit, stopped.inputs))
        shown |= {"notice": notices.notice(told, visit.language)}
    return shown


def restore(request: gr.Request) -> Shown:
    """Set the controls and pictures to those of the painting that is shown."""
    run = find(request).result()
    return pictures_of(run) | form.controls_at(run.settings)


def pictures_of(run: Run) -> Shown:
    """The inputs of a painting as values of the components."""
    given = run.inputs
    pictures = {"content": given.content, "style": given.style, "second_style": given.second, "mix": given.mix}
    return pictures | {"region": given.region.text}


def compare(request: gr.Request, event: gr.EventData) -> Shown:
    """Choose what the painting is compared with."""
    return {"before": views.behind(find(request), card_of(event))["before"]}


def film(request: gr.Request, shape: str) -> Iterator[Shown]:
    """Make the time-lapse of the painting that is shown; nothing while something is painted, or if it is outdated.

    Clear the player while the stage shows a photo that is not painted yet.
    """
    visit = find(request)
    run, visit.shape = visit.current, shape
    if visit.unpainted:
        yield NO_FILM
    elif run is not None and visit.has_painting and not visit.busy and len(run.lapse):
        path = run.film(shape)
        if not _is_present(visit, run, shape):
            return
        yield {"lapse": path, "film_file": gr.update(value=path, interactive=True)}
        if not _is_present(visit, run, shape):  # Gradio examined the file before it sent it
            yield NO_FILM
            yield from film(request, visit.shape)


def _is_present(visit: Visit, run: Run, shape: str) -> bool:
    """Whether a film is still to be shown: Paint was not pressed, and no other painting or shape chosen."""
    return not visit.busy and (run, shape) == (visit.current, visit.shape)


def use(request: gr.Request) -> Shown:
    """Use the painting as the photo of the next one."""
    return {"content": find(request).result().png()}
