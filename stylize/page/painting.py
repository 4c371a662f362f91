"""Handlers that paint: generators of new values of named components."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from stylize.engine import weights
from stylize.facts import NETWORKS
from stylize.pictures import sandbox
from stylize.settings import SPECS

from . import cards, form, limits, notices, samples, views
from .cards import Card
from .guard.paths import checked
from .handlers import card_of, style_of
from .texts.i18n import say, text
from .views import Shown
from .visits import inputs
from .visits.runs import Run
from .visits.sessions import Visit, find

STRENGTHS = tuple(map(float, cards.STOPS))  # of the variations
VARIATION_SECONDS = 60.0  # longest of one


def begin(request: gr.Request) -> Shown:
    """Stop the running painting, and wait for a turn in the queue."""
    visit = find(request)
    return {"turn": visit.begin()} | views.waiting(visit)


def begin_grid(request: gr.Request) -> Shown:
    """As `begin`, for variations: show their tab, without those of before."""
    visit = find(request)
    turn, visit.grid = visit.begin(grid=True), []
    return {"turn": turn, "grid": views.starting(visit)} | views.waiting(visit)


def choose_style(request: gr.Request, event: gr.EventData, content: str | None) -> Shown:
    """Choose a style by its card, and paint the present photo in it."""
    style = style_of(find(request), card_of(event))
    return {"style": style} | (begin(request) if content else {"turn": -1})


def choose_variation(request: gr.Request, event: gr.EventData) -> Shown:
    """Choose a variation: paint at full size with its style or strength."""
    card = card_of(event)
    if card in map(str, STRENGTHS):
        return {"strength": float(card)} | begin(request)
    return {"style": style_of(find(request), card)} | begin(request)


# ---- one painting


def paint(request: gr.Request, turn: int, download: bool, **values: Any) -> Iterator[Shown]:
    """Paint the two pictures."""
    visit = find(request)
    if turn != visit.turn:
        return
    settings = form.settings_of(values)
    if weights.missing_weights(settings.network):
        if not download:
            raise notices.MissingWeightsError(
                "The weights of the {network} network ({megabytes} MB) are not on this machine yet.",
                network=settings.network,
                megabytes=NETWORKS[settings.network].megabytes,
            )
        for done, total in weights.download(settings.network):
            line = say(visit.language, "weights", done=done / 1e6, total=total / 1e6)
            yield {"status": cards.status("painting", done / max(1, total), line)}
    yield from _painted(visit, Run(_inputs(visit, values), settings), turn)


def paint_download(request: gr.Request, turn: int, **values: Any) -> Iterator[Shown]:
    """Download the missing weights, then paint."""
    yield {"download": True}
    yield from paint(request, turn, True, **values)


def paint_lite(request: gr.Request, turn: int, **values: Any) -> Iterator[Shown]:
    """Paint with the network that comes with the program."""
    network = SPECS["network"].default("live")
    yield {"network": network}
    yield from paint(request, turn, False, **values | {"network": network})


def paint_more(request: gr.Request, turn: int, **values: Any) -> Iterator[Shown]:
    """Paint 100 more iterations with the present controls, and with Adam's state if it is still in memory."""
    visit = find(request)
    run, wanted = visit.result(), visit.wanted or form.settings_of(values)
    run.wait()
    if turn == visit.turn:
        before = run.copy()
        run.change(wanted)
        run.extend(limits.MORE)
        visit.keep_before(run, before)
        yield from _painted(visit, run, turn)


def resume(request: gr.Request, turn: int) -> Iterator[Shown]:
    """Continue after a lost connection, or show what is done."""
    visit = find(request)
    run = visit.result()
    run.wait()
    yield from _painted(visit, run, turn)


def revive(request: gr.Request, turn: int, revival: str, **values: Any) -> Iterator[Shown]:
    """Restore a painting that the browser kept and uploaded again after a restart of the server."""
    visit, path = find(request), checked(revival)
    if visit.has_painting:  # it was not restarted: nothing is painted again
        visit.waiting = False
        yield views.finished(visit, "brought")
        return
    settings = form.settings_of(form.controls_in(str(path)))
    start = sandbox.open_untrusted(path), settings.iterations
    yield from _painted(visit, Run(_inputs(visit, values), settings, start), turn)


def _painted(visit: Visit, run: Run, turn: int) -> Iterator[Shown]:
    if turn != visit.turn:
        return
    shown = False
    for _ in visit.paint(run, turn):
        first = turn == visit.turn and not shown
        if first:  # not before its first frame: where it is refused, the previous one stays
            visit.show(run)
            shown = True
        if visit.current is run and turn == visit.turn:
            # A film that was sent before Paint was pressed may have arrived after the answer to `begin`.
            marked = {"history": views.history(visit), "lapse": None} if first else {}
            yield views.at_work(visit, run) | notices.notes(visit, run) | marked
    if visit.current is run and turn == visit.turn:  # else `show_stopped`, or what was begun since, shows it
        visit.unpainted = False  # the painting is shown, not the photo that was chosen meanwhile
        yield views.finished(visit)


def stop(request: gr.Request) -> Shown:
    """Stop what runs or waits. `show_stopped` shows the result, which may take a second."""
    visit = find(request)
    if visit.active is not None:
        visit.active.kept = True
    visit.stop()
    return {"stop": gr.update(value=text("stopping"), interactive=False)}


def show_stopped(request: gr.Request) -> Shown:
    """Show the stopped painting, at its full size."""
    visit = find(request)
    if visit.begun:  # another one, meanwhile
        return {}
    if visit.current is not None:
        visit.current.wait()
    return views.finished(visit)


def _inputs(visit: Visit, values: dict[str, Any]) -> inputs.Inputs:
    pictures, region = (values["content"], values["style"], values["second_style"]), values["region"]
    return inputs.Inputs(*pictures, float(values["mix"]), inputs.region_of(region), visit.language)


# ---- variations


def vary_styles(request: gr.Request, turn: int, **values: Any) -> Iterator[Shown]:
    """Paint the photo in every style of the gallery, small."""
    visit = find(request)
    own = [(f"own{place}", Path(path)) for place, (path, _) in enumerate(visit.styles)]
    wanted = []
    for key, path in [*own, *((path.stem, path) for path in samples.STYLES.values())]:
        style = str(samples.served(path)) if key == path.stem else str(path)
        name = views.styles_name(visit, _inputs(visit, values | {"style": style}))
        wanted.append((Card(key, name, tile=samples.tile(path)), {"style": style}))
    yield from _vary(visit, turn, "vary_styles", values, wanted)


def vary_strengths(request: gr.Request, turn: int, **values: Any) -> Iterator[Shown]:
    """Paint at the strengths that have a word, small."""
    visit = find(request)
    wanted = [
        (Card(str(strength), say(visit.language, f"stop_{strength:g}")), {"strength": strength})
        for strength in STRENGTHS
    ]
    yield from _vary(visit, turn, "vary_strengths", values, wanted)


def _vary(
    visit: Visit, turn: int, pressed: str, values: dict[str, Any], wanted: list[tuple[Card, dict[str, Any]]]
) -> Iterator[Shown]:
    """Paint small variations, one after another, and show each in the grid while it is painted.

    Those that the visit has already, of the same pictures and settings, are not painted again.
    """
    if not visit.starts(turn):
        return
    grid = visit.grid = [card for card, _ in wanted]
    until = time.monotonic() + limits.MAX_SECONDS
    took: list[float] = []  # seconds of each variation painted so far
    left = float("inf")  # the estimate shown, which never rises
    for place, (card, changed) in enumerate(wanted):
        chosen = values | limits.capped(form.SMALL) | changed
        run = Run(_inputs(visit, chosen), form.settings_of(chosen))
        key = run.inputs, run.settings
        if key in visit.tiles and Path(visit.tiles[key]).is_file():
            grid[place] = replace(card, picture=visit.tiles[key])
            continue
        line = say(visit.language, "trying", number=place + 1, count=len(wanted), name=card.name)
        for _ in visit.paint(run, turn, min(VARIATION_SECONDS, max(1.0, until - time.monotonic()))):
            step = run.step
            assert step is not None
            grid[place] = replace(card, picture=run.streamed(), data={"painting": ""})
            part, told = (place + step.iteration / run.settings.iterations) / len(wanted), line
            if took:  # the first one also warms up
                left = min(left, max(1.0, statistics.mean(took) * (len(wanted) - place) - step.seconds))
                told += ", " + views.about(visit.language, left)
            if turn == visit.turn:  # a newer turn sends its own
                yield {"grid": views.variations(visit, told, part), "status": views.at_rest(visit)}
        if turn != visit.turn or run.step is None:
            run.pack()
            grid[place] = card
            if visit.grid is grid:  # else another grid has begun
                line = say(visit.language, "grid_stopped", button=say(visit.language, pressed))
                yield {"grid": views.variations(visit, line)} | ({} if visit.busy else {"status": views.at_rest(visit)})
            return
        took.append(run.step.seconds)
        visit.tiles[key] = run.shown("painting")
        grid[place] = replace(card, picture=visit.tiles[key])
        run.pack()
    yield views.finished(visit) | {"grid": views.variations(visit, say(visit.language, "tap_one"))}
