"""A visit's paintings without a browser: one owner of the state, files with one writer, a budget of bytes."""

import base64
import io
import itertools
import json
import re
import shutil
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from PIL import Image, ImageChops, ImageStat

from stylize import Settings, StylizeError
from stylize.page import events, form, handlers, limits, notices, painting, samples, views
from stylize.page.cards import Card
from stylize.page.visits import kept, runs, sessions
from stylize.page.visits.inputs import Inputs, cropped, region_of
from stylize.page.visits.runs import Run
from stylize.pictures import images, sandbox

from .conftest import EXAMPLES

SMALL = Settings(size=32, iterations=12)
LARGER = Settings(size=64)  # at which the photo is opened whole
FASTER = {"iterations": 3}
_tokens = itertools.count()
HEAD = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 6, 0, 0, 0)
# The beginning of a PNG, up to its pixels.
HUGE = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + HEAD + struct.pack(">II", zlib.crc32(HEAD), 9) + b"IDAT"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(runs, "FRAME", 0.0)
    monkeypatch.setattr(limits, "MORE", 5)
    monkeypatch.setattr(sandbox, "HAS_LIMITS", False)  # pictures are read here; the child has tests of its own
    for name in ("_visits", "_sessions"):
        monkeypatch.setattr(sessions, name, {})


@pytest.fixture
def inputs(photo_file, painting_file, tmp_path):
    return Inputs(shutil.copy(photo_file, tmp_path), shutil.copy(painting_file, tmp_path))


@pytest.fixture
def request_(inputs):
    session = f"session{next(_tokens)}"
    sessions.arrive(session, f"{next(_tokens):032x}", "en")
    return SimpleNamespace(session_hash=session)


@pytest.fixture
def visit(request_):
    return sessions.find(request_)


@pytest.fixture
def run(inputs):
    """A small painting that is done."""
    run = Run(inputs, SMALL)
    list(run.frames())
    return run


def changed_at_5(inputs, stop=False, **more):
    """A small painting, in whose fifth iteration settings were changed."""
    run = Run(inputs, SMALL)
    for shown in run.frames():
        if shown.step.iteration == 5:
            run.change(replace(SMALL, **more))
            if stop:
                run.stop()
    return run


def show(visit, run):
    """Paint in a visit, to the end."""
    visit.show(run)
    list(visit.paint(run, visit.begin()))
    return run


def values(inputs, **more):
    """What the page sends."""
    given = {"content": inputs.content, "style": inputs.style, "second_style": None, "mix": 0.5, "region": ""}
    return {name: getattr(SMALL, name) for name in Settings.__dataclass_fields__} | given | more


def painted(request, visit, inputs, **more):
    """What the page last showed of a painting."""
    *_, shown = painting.paint(request, visit.begin(), False, **values(inputs, **more))
    return shown


def pressed(card):
    return SimpleNamespace(_data={"card": card})


def record(path):
    return json.loads(Image.open(path).info["stylize"])


# ---- what is changed, and when


def test_the_file_brings_back_what_was_painted_not_what_was_moved_since(inputs):
    run = changed_at_5(inputs, stop=True, strength=2.0, size=512, seed=9)
    assert run.settings == replace(SMALL, strength=2.0)  # with which it would go on
    said = record(run.png())
    assert (said["stylize"]["size"], said["stylize"]["iterations"], said["asked"]["iterations"]) == (32, 5, 12)
    run.ready()
    list(run.frames())
    said = record(run.png())
    assert said["stylize"]["strength"] == 2
    assert said["moved"] == [{"iteration": 5, "strength": 2.0}]


def test_a_change_before_the_first_iteration_is_not_lost(request_, visit, inputs):
    turn = visit.begin()
    visit.change(replace(SMALL, strength=3.0))  # moved while it waits for its turn
    list(painting.paint(request_, turn, False, **values(inputs)))
    assert visit.current.step.settings.strength == 3


def test_a_change_while_more_iterations_wait_for_their_turn_is_not_lost(request_, visit, inputs):
    run = show(visit, Run(inputs, SMALL))
    turn = visit.begin()
    visit.change(replace(SMALL, strength=3.0))
    list(painting.paint_more(request_, turn))
    assert (run.step.settings.strength, run.step.iteration) == (3, 17)


def test_a_finished_painting_that_was_continued_and_stopped_is_not_called_unfinished(request_, visit, inputs):
    run = show(visit, Run(inputs, SMALL))
    going_on = painting.paint_more(request_, visit.begin(), **values(inputs))
    next(going_on)
    visit.stop()
    list(going_on)
    assert not run.is_done
    assert "unfinished" not in views.history(visit)


def test_a_change_in_the_middle_of_an_iteration_is_not_lost(inputs, monkeypatch):
    def changed_at_3(*arguments):
        steps, sent = paint_steps(*arguments), None
        while True:
            step = steps.send(sent)
            if step.iteration == 3:
                run.change(replace(SMALL, strength=2.0))
            sent = yield step

    paint_steps = runs.paint_steps
    monkeypatch.setattr(runs, "paint_steps", changed_at_3)
    run = Run(inputs, SMALL)
    list(run.frames())
    assert run.step.settings.strength == 2


def test_a_preview_keeps_its_own_strength_whatever_is_moved(request_, visit, inputs):
    preview = Run(inputs, replace(SMALL, strength=-4.0))
    show(visit, Run(inputs, SMALL))
    for shown in visit.paint(preview, visit.begin(grid=True)):
        visit.change(replace(SMALL, strength=3.0))
        answer = handlers.recolor(request_, True)
        assert "painting" in answer
        assert "stop" not in answer  # which ends the previews
        assert (shown.step.settings.strength, shown.step.keep_colors) == (-4, False)
    assert visit.current.settings.keep_colors


def test_colours_are_switched_before_during_and_after_and_undone(inputs):
    run = Run(inputs, SMALL)
    run.recolor(True)
    frames = run.frames()
    next(frames)
    assert run.step.keep_colors
    run.recolor(False)
    run.change(replace(SMALL, strength=1.0))
    next(frames)
    assert not run.step.keep_colors
    run.stop()
    list(frames)
    own = run.picture().tobytes()
    run.recolor(True)
    assert run.picture().tobytes() != own
    run.recolor(False)
    assert run.picture().tobytes() == own


def test_iterations_are_live_and_do_not_undo_a_few_more(inputs):
    run = Run(inputs, SMALL)
    run.change(replace(SMALL, iterations=20))
    assert run.settings.iterations == 20
    list(run.frames())
    run.extend(limits.MORE)
    run.change(replace(SMALL, iterations=20, strength=1.0))  # another control was moved
    assert run.settings.iterations == 25
    run.change(replace(SMALL, iterations=15))
    assert run.settings.iterations == 15


def test_another_recipe_keeps_size_strength_and_brush_where_it_allows_them(request_):
    kept = {"size": 384, "strength": 2.0, "style_scale": 0.5}
    shown = handlers.recipe(request_, "reference", **kept)
    assert {name: shown[name] for name in kept} == kept
    assert shown["iterations"] == 3000
    shown = handlers.recipe(request_, "reference", **kept | {"size": 4000})
    assert shown["size"] == Settings(recipe="reference").size


# ---- going on


def test_a_packed_painting_goes_on_from_its_picture(run):
    shown = run.picture().tobytes()
    run._pack()
    assert run.step.pixels.numel() == 0
    assert run.picture().tobytes() == shown
    run.extend(5)
    run.ready()
    list(run.frames())
    assert run.step.iteration == 17
    assert [iteration for iteration, _ in run.step.history] == [0, 12]
    said = record(run.png())
    assert said["asked"]["iterations"] == 12
    assert said["moved"] == [{"iteration": 12, "iterations": 17}]


def test_going_on_takes_up_what_was_moved_at_rest_and_keeps_the_painting_before(request_, visit, inputs):
    given = {name: getattr(SMALL, name) for name in form.CONTROLS if name in form.NAMES}
    given |= dict(zip(form.LAYER_NAMES, SMALL.style_layer_weights, strict=True))
    run = show(visit, Run(inputs, SMALL))
    before, created = run.picture().tobytes(), run.created
    assert list(painting.paint_more(request_, visit.begin() - 1, **given)) == []  # another button was pressed since
    assert visit.runs == [run]
    list(painting.paint_more(request_, visit.begin(), **given | {"strength": 3.0}))
    assert (run.step.settings.strength, run.step.iteration) == (3, 17)
    kept, newest = visit.runs
    assert (kept.picture().tobytes(), kept.settings.strength, kept.step.iteration) == (before, 0, 12)
    assert newest is run
    assert kept.created == created < newest.created  # the times in the history
    kept.extend(3)
    kept.ready()
    list(kept.frames())  # it can go on, too
    assert (kept.step.iteration, run.step.iteration) == (15, 17)


def test_a_whole_painting_teaches_the_forecast_and_a_part_does_not(inputs, monkeypatch):
    learnt = []
    monkeypatch.setattr(runs.forecast, "learn", lambda *known: learnt.append(known[1]))
    run = changed_at_5(inputs, stop=True)
    run.ready()
    list(run.frames())
    assert run.step.last
    assert not learnt
    list(Run(inputs, SMALL).frames())
    assert learnt == [run.full_size]


def test_who_waits_is_told_the_seconds_of_what_is_before(visit, monkeypatch):
    monkeypatch.setattr(limits, "AT_ONCE", 2)
    steps = [SimpleNamespace(seconds=4, seconds_left=left) for left in (6, 16)]
    for n, step in enumerate(steps):
        other = sessions.arrive(f"s{n}", str(n), "en")
        assert sessions.waits(visit) == []  # there is a free place
        other.active = SimpleNamespace(step=step)
    assert sessions.waits(visit)[:3] == [6, 16, 21]  # they take 15 on the average
    other.in_grid, other.grid = True, [Card("a", "", "a.jpg"), Card("b", "")]
    assert sessions.waits(visit)[:2] == [6, 31]  # one more of 20, so the average is 25
    other.active.step = None
    assert sessions.waits(visit) == []
    other.active = None


def test_stopped_early_it_has_the_size_asked_for(inputs):
    run = Run(inputs, Settings(size=128, iterations=40))
    for _ in run.frames():
        run.stop()
    assert run.enlarged
    assert run.picture().size == Image.open(run.png()).size == (128, 85)


def test_what_was_asked_for_before_stop_is_not_begun(visit, inputs):
    turn = visit.begin()
    visit.stop()
    assert list(visit.paint(Run(inputs, SMALL), turn)) == []


def test_stop_answers_before_anything_is_written(request_, visit, inputs, monkeypatch):
    frames = painting.paint(request_, visit.begin(), False, **values(inputs, iterations=500))
    next(frames)
    assert set(painting.stop(request_)) == {"stop"}
    monkeypatch.setattr(Run, "wait", lambda run: None)
    assert 'data-state="stopped"' in painting.show_stopped(request_)["status"]  # however slowly its loop ends
    list(frames)


def test_stopped_before_there_is_a_picture_the_page_says_what_to_press(visit, inputs):
    visit.show(Run(inputs, SMALL))
    assert "Press Paint" in views.finished(visit)["status"]
    visit.unpainted = True
    assert "Not painted yet. Press Paint." in views.finished(visit)["status"]


def test_what_was_begun_after_stop_is_not_shown_as_stopped(request_, visit, inputs):
    run = show(visit, Run(inputs, SMALL))
    painting.stop(request_)
    visit.begin(grid=True)
    visit.waiting = False  # between two variations
    assert visit.current is run
    assert painting.show_stopped(request_) == {}


# ---- what is kept, and for how long


def test_many_writers_of_one_painting_never_meet(run):
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: run.png(), range(8)))
    assert len({Image.open(path).tobytes() for path in paths}) == 1


def test_a_painting_packed_meanwhile_is_still_seen(run, monkeypatch):
    unpack, picture = Run.unpack, run.picture()

    def packed_at_once(run):
        step = unpack(run)
        run._pack()
        return step

    monkeypatch.setattr(Run, "unpack", packed_at_once)
    assert run.picture() == picture
    assert run.photo().size == run.full_size
    assert run.photo().getextrema() != ((0, 0),) * 3


def test_frames_of_a_painting_that_goes_on_leave_its_downloads_there(run, monkeypatch):
    monkeypatch.setattr(kept, "FILES", 3)
    png, first, *frames = run.png(), *(run.streamed() for _ in range(4))
    assert Path(png).is_file()
    assert not Path(first).is_file()
    assert all(Path(frame).is_file() for frame in frames)


def test_what_is_kept_stays_within_the_budget_the_oldest_goes_first(inputs, monkeypatch):
    visits = [sessions.arrive(f"s{n}", f"{n:032x}", "en") for n in range(3)]
    for visit in visits:
        show(visit, Run(inputs, SMALL)).rest()
    monkeypatch.setattr(limits, "KEPT_BYTES", 2.5 * visits[0].runs[0].bytes)
    sessions.sweep()
    assert [len(visit.runs) for visit in visits] == [0, 1, 1]
    assert visits[0].current is None


def test_what_lets_a_painting_go_on_goes_before_any_picture(visit, inputs, monkeypatch):
    monkeypatch.setattr(Run, "has_begun", True)  # however soon it was stopped
    runs = [Run(inputs, SMALL) for _ in range(2)]
    for run in runs:
        visit.show(run)
        frames = visit.paint(run, visit.turn)
        next(frames)
        monkeypatch.setattr(limits, "KEPT_BYTES", run.bytes - 1)  # as 2048 px are more than a whole default budget
        frames.close()
    runs[0].wait()
    assert visit.runs == runs
    assert visit.current is runs[1]
    assert sum(run.bytes for run in runs) <= limits.KEPT_BYTES


def test_the_newest_painting_is_shown_however_small_the_budget(request_, visit, inputs, monkeypatch):
    monkeypatch.setattr(limits, "KEPT_BYTES", 1)
    for _ in range(2):
        shown = painted(request_, visit, inputs, **FASTER)
        assert 'data-state="done"' in shown["status"]
        assert Path(shown["painting"]).is_file()
        assert len(visit.runs) == 1


def test_a_visit_is_over_after_its_time_but_not_while_it_paints(request_, visit, inputs, monkeypatch):
    frames = visit.paint(Run(inputs, SMALL), visit.turn)
    next(frames)
    monkeypatch.setattr(limits, "KEPT_SECONDS", -1)
    sessions.sweep()
    assert sessions.find(request_) is visit
    frames.close()
    with pytest.raises(StylizeError, match="reload"):
        sessions.find(request_)


@pytest.mark.parametrize("session", [None, "None", "", "made up"])
def test_a_request_of_no_page_belongs_to_nobody(session):
    with pytest.raises(StylizeError, match="reload"):
        sessions.find(SimpleNamespace(session_hash=session))


def test_a_reloaded_tab_has_its_paintings_again(inputs):
    visit = sessions.arrive("one", f"{7:032x}", "en")
    show(visit, Run(inputs, SMALL))
    sessions.leave("one")
    again = sessions.arrive("two", f"{7:032x}", "es")
    assert again is visit
    assert again.current.picture().size == (32, 21)


@pytest.mark.parametrize("unloaded", [True, False])  # which Gradio tells before or after the new page arrives
def test_what_a_reload_stopped_is_not_called_done_and_goes_on(request_, visit, inputs, unloaded):
    frames = painting.paint(request_, visit.begin(), False, **values(inputs))
    next(frames)
    frames.close()
    if unloaded:
        sessions.leave(request_.session_hash)
        sessions.arrive(request_.session_hash, visit.token, "en")
    assert 'data-state="stopped"' in handlers.bring_back(request_)["status"]
    *_, shown = painting.resume(request_, visit.begin())
    assert 'data-state="done"' in shown["status"]


def test_variations_that_were_stopped_come_back_and_only_the_others_are_painted(request_, visit, inputs, monkeypatch):
    monkeypatch.setattr(form, "SMALL", {"size": 32, "iterations": 2})
    given, paint = [], sessions.Visit.paint
    monkeypatch.setattr(sessions.Visit, "paint", lambda *a: given.append(a[1].settings.strength) or paint(*a))
    frames = painting.vary_strengths(request_, visit.begin(grid=True), **values(inputs))
    while len(visit.tiles) < 2:
        next(frames)
    frames.close()
    sessions.leave(request_.session_hash)
    sessions.arrive(request_.session_hash, visit.token, "en")
    assert handlers.bring_back(request_)["grid"].count("<img") >= 2
    *_, shown = painting.vary_strengths(request_, visit.begin(grid=True), **values(inputs))
    assert shown["grid"].count("<img") == len(painting.STRENGTHS)
    assert given.count(painting.STRENGTHS[0]) == given.count(painting.STRENGTHS[1]) == 1
    list(painting.vary_strengths(request_, visit.begin(grid=True), **values(inputs)))  # nothing is left to paint
    assert not visit.busy


def test_a_restarted_server_takes_a_painting_back(request_, visit, inputs):
    shown = painted(request_, visit, inputs)
    visit.runs, visit.current = [], None
    *_, back = painting.revive(request_, visit.begin(), shown["painting"], **values(inputs))
    assert 'data-state="done"' in back["status"]
    assert visit.result().step.iteration == 12
    assert Image.open(back["painting"]).tobytes() == Image.open(shown["painting"]).tobytes()


# ---- what the page shows


def test_low_limits_bound_variations(request_, visit, inputs, monkeypatch):
    monkeypatch.setitem(limits.CAPS, "iterations", 3)
    monkeypatch.setattr(form, "SMALL", {"size": 32, "iterations": 80})
    monkeypatch.setattr(painting, "STRENGTHS", (-4.0, 0.0, 4.0))
    monkeypatch.setattr(limits, "MAX_SECONDS", 5)
    given, paint = [], sessions.Visit.paint
    monkeypatch.setattr(sessions.Visit, "paint", lambda *a: given.append(a[3]) or paint(*a))
    *_, last = painting.vary_strengths(request_, visit.begin(), **values(inputs, **FASTER))
    assert re.findall('data-card=.([^"]+)', last["grid"]) == ["-4.0", "0.0", "4.0"]
    assert last["grid"].count("<img") == 3
    assert given == sorted(given, reverse=True)  # what one took, the next ones lack
    assert max(given) <= 5


def test_the_photo_is_tried_in_every_style_and_in_those_of_ones_own(request_, visit, inputs, monkeypatch):
    monkeypatch.setattr(form, "SMALL", {"size": 32, "iterations": 1})
    monkeypatch.setattr(samples, "STYLES", dict(list(samples.STYLES.items())[:2]))
    visit.styles = [(inputs.style, "")]
    *_, last = painting.vary_styles(request_, visit.begin(), **values(inputs))
    cards = re.findall('data-card=.([^"]+)', last["grid"])
    assert cards == ["own0", *(path.stem for path in samples.STYLES.values())]
    assert painting.choose_variation(request_, pressed("own0"))["style"] == inputs.style


def test_no_way_of_showing_a_painting_changes_it(request_, visit, inputs):
    shown = painted(request_, visit, inputs, size=128, iterations=2)
    run = visit.result()
    before = run.picture().tobytes()
    views.history(visit)
    list(handlers.film(request_, ""))
    views.behind(visit, "photo")
    run.shown("small")
    run.shown("photo")
    assert run.picture().tobytes() == Image.open(shown["painting"]).tobytes() == before
    assert run.picture().size == run.full_size


def test_the_study_offers_two_ways_out_and_lite_paints(request_, visit, inputs):
    given = values(inputs, network="vgg19", **FASTER)
    with pytest.raises(notices.MissingWeightsError) as error:
        list(painting.paint(request_, visit.begin(), False, **given))
    told = notices.failed(visit, error.value, ())["notice"]
    assert "#paint_download" in told
    assert "#paint_lite" in told
    first, *_, last = painting.paint_lite(request_, visit.begin(), **given)
    assert first == {"network": "lite"}
    assert 'data-state="done"' in last["status"]


def test_a_painting_of_the_history_is_shown_and_another_photo_is_told(request_, visit, inputs):
    for strength in (0.0, 2.0):
        painted(request_, visit, inputs, strength=strength, **FASTER)
    first, second = visit.runs
    shown = handlers.show_painting(request_, pressed(first.number))
    assert visit.current is first
    assert not {"strength", "content", "style"} & set(shown)  # a look changes nothing else
    assert handlers.restore(request_)["strength"] == 0
    photo = views.behind(visit, "photo")["before"]
    assert handlers.compare(request_, pressed(second.number))["before"] != photo
    same = {"strength": 0.0, **FASTER}
    looked_at(request_, inputs, **same)
    other = looked_at(request_, inputs, **same, content=inputs.style)["status"]
    assert 'data-state="other"' in other
    assert "My style 1 · Done." in looked_at(request_, inputs, **same)["status"]
    assert "status" not in looked_at(request_, inputs, **same)


def test_a_new_photo_is_unpainted_until_it_is_painted_or_another_painting_is_looked_at(request_, visit, inputs):
    first = shutil.copy(inputs.content, Path(inputs.content).with_name("content_ruins.jpg"))

    def state(shown):
        return re.search('data-state="(.*?)"', shown["status"])[1]

    assert state(looked_at(request_, inputs, content=first)) == "ready"  # the example's own photo
    assert state(looked_at(request_, inputs)) == "other"
    assert "Not painted yet" in looked_at(request_, inputs, content=inputs.style)["status"]
    looked_at(request_, inputs)
    frames = painting.paint(request_, visit.begin(), False, **values(inputs))
    next(frames)
    looked_at(request_, inputs, content=first)  # chosen while the other one is painted
    *_, shown = frames
    assert state(shown) == "done"
    assert "Press Paint to apply your changes." in shown["status"]
    looked_at(request_, inputs, content=inputs.style)
    assert state(handlers.bring_back(request_)) == "other"  # also after a reload
    assert state(handlers.recolor(request_, True)) == "other"
    assert state(handlers.show_painting(request_, pressed(visit.current.number))) == "done"
    assert state(handlers.recolor(request_, False)) == "done"


def test_changes_that_are_not_painted_are_said_and_a_painting_stays_without_a_photo(request_, visit, inputs):
    painted(request_, visit, inputs, **FASTER)
    looked_at(request_, inputs, **FASTER)
    crop = json.dumps({"crop": [0, 0, 0.5, 0.5]})
    for change in ({"style": inputs.content}, {"second_style": inputs.content}, {"region": crop}, {"size": 48}):
        shown = looked_at(request_, inputs, **FASTER | change)["status"]
        assert "Press Paint to apply your changes." in shown
        assert " data-changed" in shown
        assert " data-changed" not in looked_at(request_, inputs, **FASTER)["status"]  # taken back
    for name, value in (("strength", 2.0), ("seed", 7), ("style_scale", 1.5)):
        moved = {name: given for name, given in values(inputs, **FASTER).items() if name in form.NAMES} | {name: value}
        assert " data-changed" in handlers.adjust(request_, **moved)["status"]
    assert " data-changed" not in looked_at(request_, inputs, **FASTER)["status"]
    shown = looked_at(request_, inputs, **FASTER, content=None)["status"]
    assert 'data-state="done"' in shown
    assert "No photo yet" in shown


def test_a_picture_changed_while_it_paints_is_told_of_with_a_way_to_use_it(request_, visit, inputs):
    same = values(inputs)
    looked_at(request_, inputs)
    frames = painting.paint(request_, visit.begin(), False, **same)
    next(frames)
    assert "notice" not in looked_at(request_, inputs)
    told = looked_at(request_, inputs, style=inputs.content)["notice"]
    assert "goes on as it began" in told
    assert 'data-press="#paint"' in told
    visit.begin()  # as a style's card does: its own style is no change
    assert "notice" not in looked_at(request_, inputs)
    frames.close()


def test_a_painting_of_other_pictures_is_not_called_the_present_one(request_, visit, inputs):
    painted(request_, visit, inputs, **FASTER)
    painted(request_, visit, inputs, **FASTER, style=inputs.content)
    looked_at(request_, inputs, **FASTER, style=inputs.content)
    first, second = visit.runs
    assert "Painted earlier." in handlers.show_painting(request_, pressed(first.number))["status"]
    assert "Done." in handlers.show_painting(request_, pressed(second.number))["status"]
    assert handlers.show_painting(request_, pressed(second.number))["keep_colors"] is False
    handlers.show_painting(request_, pressed(first.number))
    cropped = {"style": inputs.content, "region": '{"crop": [0, 0, 0.5, 1]}'}
    assert "Press Paint" in looked_at(request_, inputs, **FASTER, **cropped)["status"]
    assert "Painted earlier." in looked_at(request_, inputs, **FASTER, style=inputs.content)["status"]  # cancelled
    moved = {name: given for name, given in values(inputs, **FASTER, keep_colors=True).items() if name in form.NAMES}
    assert handlers.adjust(request_, **moved) == {}  # the colours are switched at once
    assert "Painted earlier." in handlers.recolor(request_, True)["status"]


def test_a_reload_does_not_replace_a_painting_of_another_photo_that_was_looked_at(request_, visit, inputs):
    painted(request_, visit, inputs, **FASTER)
    looked_at(request_, inputs, **FASTER, content=inputs.style)  # another photo
    assert visit.unpainted
    handlers.show_painting(request_, pressed(visit.runs[0].number))
    looked_at(
        request_, inputs, **FASTER, content=str(samples.served(samples.PHOTOS["ruins"]))
    )  # a reload shows the example for a moment
    assert "Painted earlier." in looked_at(request_, inputs, **FASTER, content=inputs.style)["status"]


def test_what_a_painting_is_compared_with_fills_its_shape(run):
    other = Image.open(run.beside(Image.new("RGB", (8, 64), "red")))
    assert other.size == run.full_size
    assert ImageStat.Stat(other).mean[0] > 230  # no bars of another colour


def test_while_variations_are_painted_the_painting_is_not_called_done(request_, visit, inputs, monkeypatch):
    monkeypatch.setattr(form, "SMALL", {"size": 32, "iterations": 2})
    painted(request_, visit, inputs, **FASTER)
    shown = next(painting.vary_strengths(request_, visit.begin(grid=True), **values(inputs)))
    assert "Painting small ones, see “Try all”." in shown["status"]


def test_what_is_outdated_before_it_begins_answers_that_all_stays(request_):
    """Gradio empties all outputs of a generator that ends without an answer: buttons lose their words."""
    status, notice = object(), object()
    call = events._with_names(painting.vary_strengths, {"status": status, "notice": notice})
    assert list(call(request_, turn=-1)) == [{notice: gr.skip()}]


def test_a_painting_that_ends_late_sends_no_frame_again(request_, visit, inputs):
    """Gradio sends the last answer of a generator again when it ends: a frame would replace what is shown since."""
    status, notice = object(), object()
    call = events._with_names(painting.paint, {"status": status, "notice": notice})
    frames = call(request_, turn=visit.begin(), download=False, **values(inputs, iterations=200))
    assert status in next(frames)
    visit.begin()  # as another press does
    assert list(frames) == [{notice: gr.skip()}]


def test_the_history_marks_no_other_and_has_none_that_a_second_press_stopped(request_, visit, inputs, monkeypatch):
    monkeypatch.setattr(runs, "LEAST", 60)
    painted(request_, visit, inputs, **FASTER)
    twice = painting.paint(request_, visit.begin(), False, **values(inputs))
    assert 'data-present="true"' not in next(twice)["history"]
    shown = painted(request_, visit, inputs, **FASTER)
    list(twice)
    assert shown["history"].count("data-card") == len(visit.runs) == 2
    assert shown["history"].count('data-present="true"') == 1


def test_the_film_of_the_newest_shape_stays(request_, visit, inputs, monkeypatch):
    run = show(visit, Run(inputs, SMALL))

    def film(shape):
        if shape == "16:9":
            newest.extend(handlers.film(request_, "1:1"))  # pressed while this one is made
        return shape

    newest = []
    monkeypatch.setattr(run, "film", film)
    assert not list(handlers.film(request_, "16:9"))
    assert newest[0]["lapse"] == newest[0]["film_file"]["value"] == "1:1"


def test_a_film_that_is_made_when_paint_is_pressed_is_not_shown(request_, visit, inputs, monkeypatch):
    run = show(visit, Run(inputs, SMALL))
    monkeypatch.setattr(run, "film", lambda shape: str(visit.begin()))
    assert not list(handlers.film(request_, ""))


@pytest.mark.parametrize("pressed", ["Paint", "a shape"])
def test_a_film_that_is_outdated_while_it_is_sent_is_cleared(request_, visit, inputs, monkeypatch, pressed):
    run = show(visit, Run(inputs, SMALL))
    monkeypatch.setattr(run, "film", lambda shape: f"film {shape}")
    answers = handlers.film(request_, "16:9")
    assert next(answers)["lapse"] == "film 16:9"
    if pressed == "Paint":
        visit.begin()
    else:
        visit.shape = "1:1"
    assert [answer["lapse"] for answer in answers] == [None] + ["film 1:1"] * (pressed != "Paint")


def looked_at(request, inputs, **changed):
    """What the page answers to changed pictures, or to changed controls that cost time."""
    controls = {name: getattr(SMALL, name) for name in form.NAMES if name != form.LAYERS}
    given = {"content": inputs.content, "style": inputs.style, "second_style": None, "region": ""}
    return handlers.look(request, **given | controls | changed)


def test_an_empty_slot_is_named_and_nothing_is_called_done(request_, visit, inputs):
    painted(request_, visit, inputs, **FASTER)
    given = (request_, inputs)
    looked_at(*given)
    for slot, word in (("content", "No photo yet"), ("style", "No style yet")):
        shown = looked_at(*given, **{slot: None})
        assert word in shown["status"]
        assert not shown["paint"]["interactive"]
        assert word in notices.failed(visit, StylizeError("Choose two pictures first."), ("stop",))["status"]


def test_a_late_answer_tells_of_the_newest_pictures(request_, visit, inputs, monkeypatch):
    def slow(*arguments):
        monkeypatch.setattr(form, "expected", expected)
        looked_at(request_, inputs, content=None)
        return expected(*arguments)

    expected = form.expected
    looked_at(request_, inputs)
    monkeypatch.setattr(form, "expected", slow)
    late = looked_at(request_, inputs, content=inputs.style)
    assert not late["paint"]["interactive"]
    assert "No photo yet" in late["status"]


@pytest.mark.parametrize("other", [True, False])
def test_variations_that_were_stopped_say_so_and_the_painting_does_not(request_, visit, inputs, other, monkeypatch):
    monkeypatch.setattr(form, "SMALL", {"size": 32, "iterations": 80})
    painted(request_, visit, inputs, **FASTER)
    photo = inputs.style if other else inputs.content
    looked_at(request_, inputs, content=photo)
    begun = painting.begin_grid(request_)
    assert 'data-state="trying"' in begun["status"]  # from the press on: see mend in keep.js
    assert "data-card" not in begun["grid"]
    turn = begun["turn"]
    frames = painting.vary_strengths(request_, turn, **values(inputs, content=photo))
    next(frames)
    painting.stop(request_)
    *_, last = frames
    assert "Stopped. Choose one" in last["grid"]
    assert "“At five strengths”" in last["grid"]
    status = painting.show_stopped(request_)["status"]  # of the painting alone
    assert f'data-state="{"other" if other else "done"}"' in status
    assert "Stopped." not in status


def test_a_wrong_file_is_named_until_other_pictures_are_chosen(request_, visit, inputs, tmp_path):
    wrong = tmp_path / "b.png"
    wrong.write_text("no picture")
    looked_at(request_, inputs)
    both = {"content": inputs.style, "style": str(wrong)}  # a good one and a wrong one
    assert "b.png is not a picture" in looked_at(request_, inputs, **both)["notice"]
    assert "notice" not in looked_at(request_, inputs, content=inputs.style)  # the style before is back
    assert looked_at(request_, inputs)["notice"] == ""


def test_a_damaged_picture_is_told_of_when_it_is_chosen(request_, visit, inputs, tmp_path, monkeypatch):
    looked_at(request_, inputs)
    for name in ("cut.jpg", "cut.tif"):
        Image.open(EXAMPLES / "content_city.jpg").save(tmp_path / name)
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:20_000])  # its header can be read
        told = looked_at(request_, inputs, content=str(tmp_path / name))
        assert f"{name} is damaged or cut short" in told["notice"]
        assert json.loads(told["replaced"])["content"][1]["path"] == inputs.content
    monkeypatch.setattr(images, "open_picture", lambda *_: pytest.fail("a picture was decoded again"))
    looked_at(request_, inputs)


def test_a_converted_picture_says_which_one_it_replaces(request_, visit, inputs, tmp_path):
    tiff, damaged = str(tmp_path / "a.tif"), tmp_path / "b.png"
    Image.open(inputs.content).save(tiff)
    damaged.write_text("no picture")
    old, new = json.loads(looked_at(request_, inputs, content=tiff)["replaced"])["content"]
    assert (old, new["path"]) == (tiff, tiff.replace(".tif", ".jpg"))
    assert json.loads(looked_at(request_, inputs, content=str(damaged))["replaced"])["content"] == [str(damaged), None]
    assert "replaced" not in looked_at(request_, inputs)  # it would overwrite an answer that is not applied yet
    wrong = looked_at(request_, inputs, content=str(damaged))
    assert json.loads(wrong["replaced"])["content"][1]["path"] == inputs.content  # the one before returns ...
    assert "b.png" in wrong["notice"]
    assert "notice" not in looked_at(request_, inputs)  # ... and the sentence stays
    assert looked_at(request_, inputs, content=tiff.replace(".tif", ".jpg"))["notice"] == ""
    assert "notice" not in looked_at(request_, inputs)  # a sentence of another part of the page is not removed


def test_a_style_of_ones_own_joins_the_gallery(request_, visit, inputs):
    own = looked_at(request_, inputs)["own_styles"]
    assert 'data-card="own0"' in own
    assert "<span>My style 1</span>" in own  # not the name of its file
    assert "own_styles" not in looked_at(request_, inputs)
    chosen = painting.choose_style(request_, pressed("own0"), inputs.content)
    assert (chosen["style"], chosen["turn"]) == (inputs.style, visit.turn)
    for odd in ("own7", "../etc/passwd", "", None):
        with pytest.raises(StylizeError):
            painting.choose_style(request_, pressed(odd), inputs.content)


# ---- crops and brushes


def test_a_style_is_cropped_as_the_photo_is(inputs):
    whole = Inputs(inputs.content, inputs.style).open(LARGER)[1][0][0]
    region = region_of('{"style_crop": [0, 0, 0.5, 0.25]}')
    assert region_of(region.text) == region
    part = Inputs(inputs.content, inputs.style, region=region).open(LARGER)[1][0][0]
    assert part.size == (whole.width // 2, whole.height // 4)


@pytest.mark.parametrize(
    "text",
    ["[", "5", '{"crop": [0, 0, 2, 1]}', '{"crop": [0.5, 0, 0.5, 1]}', '{"crop": "abcd"}', '{"strokes": "%%%"}',
     '{"crop": [NaN, 0, 1, 1]}', '{"strokes": 5}',
     f'{{"crop": [0, 0, 1{"0" * 400}, 1]}}', json.dumps({"strokes": base64.b64encode(HUGE).decode()})],
)  # fmt: skip
def test_a_region_of_nobodys_making_is_one_sentence(text):
    with pytest.raises(StylizeError):
        region_of(text).mask((64, 64))


def test_a_narrow_photo_is_warned_of_where_it_stays_narrow():
    assert "short side gets 51 px" in form.checked_shape("en", (4000, 100), Settings())
    assert form.checked_shape("en", (4000, 100), Settings(recipe="reference")) == ""  # it paints a square
    assert form.checked_shape("en", (400, 100), Settings()) == ""


def test_what_was_said_of_a_painting_goes_with_its_pictures(request_, visit, inputs):
    looked_at(request_, inputs)
    run = Run(inputs, SMALL)
    run.notes = [StylizeError("The picture has only {n} pixels.", n=96)]
    assert "only 96" in notices.notes(visit, run)["notice"]
    assert notices.notes(visit, run) == {}  # said once
    assert "notice" not in looked_at(request_, inputs)
    assert looked_at(request_, inputs, content=inputs.style)["notice"] == ""


def test_a_painting_that_was_stopped_early_tells_its_size_and_is_compared_with_a_sharp_photo(visit, inputs):
    run = Run(inputs, replace(LARGER, size=512, iterations=80))
    visit.show(run)
    with closing(run.frames()) as frames:
        next(frames)
    assert run.enlarged
    width, height = run.step.size
    numbers = re.search('class="numbers">(.*?)<', views.finished(visit)["status"])[1]
    assert {str(width), str(height)} <= set(numbers.split())
    whole = Image.open(inputs.content).convert("RGB").resize(run.full_size, Image.Resampling.BICUBIC)
    error = ImageStat.Stat(ImageChops.difference(run.photo(), whole)).mean
    blurred = whole.resize(run.step.size).resize(whole.size, Image.Resampling.BICUBIC)
    assert max(error) < 0.3 * max(ImageStat.Stat(ImageChops.difference(blurred, whole)).mean)


def test_a_crop_of_anything_leaves_a_pixel():
    photo = Image.new("RGB", (5, 3))
    for crop in ((0, 0, 0.01, 0.01), (0.99, 0.99, 1, 1), (0, 0, 1, 1)):
        assert min(cropped(photo, crop).size) >= 1


def brushed(use):
    """A region whose left half is brushed."""
    brush = Image.new("RGBA", (96, 64))
    brush.paste((255, 90, 48, 255), (0, 0, 48, 64))
    buffer = io.BytesIO()
    brush.save(buffer, "PNG")
    return json.dumps({"strokes": base64.b64encode(buffer.getvalue()).decode(), "use": use})


def test_a_refused_painting_leaves_the_previous_one_and_its_notice_leads_to_what_is_missing(request_, visit, inputs):
    painted(request_, visit, inputs, **FASTER)
    before = visit.current
    with pytest.raises(StylizeError, match="second style") as error:
        painted(request_, visit, inputs, region=brushed("second"))
    told = notices.failed(visit, error.value, ("stop",))
    assert visit.runs == [visit.current] == [before]
    assert 'data-state="done"' in told["status"]
    assert told["png"]["interactive"]
    assert 'data-press="#second.folded .fold"' in told["notice"]


@pytest.mark.parametrize(
    ("mix", "use", "named"),
    [(0, "not", "Wave"), (0.5, "not", "Wave + Photo"), (1, "not", "Photo"), (0, "second", "Wave + Photo")],
)
def test_every_style_that_takes_part_is_named(visit, inputs, mix, use, named):
    given = Inputs(inputs.content, "wave.jpg", "photo.jpg", mix, region_of(brushed(use)))
    assert views.styles_name(visit, given).title() == named
    assert given.name.lower().endswith("-" + named.lower().replace(" + ", "-"))


def test_a_file_is_named_in_the_language_of_the_page():
    given = Inputs("content_ruins.jpg", "style_night.jpg")
    assert given.name == "ruins-starry_night"
    assert replace(given, language="es").name == "ruinas-noche_estrellada"


def test_what_is_brushed_ends_softly():
    mask = region_of(brushed("only")).mask((384, 256))
    edge = [mask.getpixel((x, 128)) for x in range(175, 210)]
    assert (edge[0], edge[-1]) == (255, 0)
    assert sum(0 < value < 255 for value in edge) > 4


def test_the_brushed_part_takes_the_second_style(inputs):
    drawn = brushed("second")
    both = Inputs(inputs.content, inputs.style, inputs.content, 0.5, region_of(drawn))
    opened = both.open(LARGER)
    assert opened.mask is opened.masks[0] is None
    assert [opened.masks[1].getpixel((x, 5)) for x in (5, 90)] == [255, 0]
    run = Run(both, SMALL)
    list(run.frames())
    assert run.step.last


def test_the_progress_bar_tells_the_part_of_the_time_and_never_goes_back(a_step):
    slow, slower = (replace(a_step, seconds=30.0, seconds_left=left) for left in (10.0, 90.0))
    run, visit = SimpleNamespace(step=slow, part=0.0, told=0.0, full_size=a_step.size), SimpleNamespace(language="en")
    for run.step in (slow, slower):
        assert 'data-part="0.750"' in views._working(visit, run)


def test_more_of_a_painting_that_was_packed_goes_on_at_its_size(inputs):
    run = Run(inputs, Settings(size=128, iterations=12))
    list(run.frames())
    run.pack()
    while run._packed is None:
        run.wait()
    run.extend(limits.MORE)
    run.ready()
    assert {max(shown.step.size) for shown in run.frames()} == {128}


def test_after_more_was_asked_for_the_progress_bar_begins_anew(inputs, a_step):
    run = Run(inputs, SMALL)
    run.step, run.part = a_step, 1.0
    run.extend(limits.MORE)
    assert run.part == 0
