"""Visits and their paintings, within one budget of memory; the oldest are removed first."""

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import gradio as gr

from stylize import Settings, StylizeError

from .. import limits, samples
from ..cards import Card
from .inputs import Inputs, Region
from .runs import Run

_visits: dict[str, "Visit"] = {}  # by token
_sessions: dict[str, str] = {}  # gradio's session -> token; a tab gets a new session at each reload
_lock = threading.RLock()  # of these two
Choices = tuple[dict[str, str | None], Region, Settings | None]  # pictures, crops and strokes, controls
SESSIONS_OF_A_TAB = 20  # the newest; nobody reloads so fast that an older one still asks


class Visit:
    """The server's state of one browser tab; it survives a reload of that tab."""

    def __init__(self, token: str, language: str) -> None:
        self.token, self.language = token, language
        self.runs: list[Run] = []  # the history, oldest first
        self.current: Run | None = None  # the one that is shown
        self.active: Run | None = None  # the one being painted; also a preview, which is not in the history
        self.waiting = False  # for its turn in the queue
        self.turn = 0  # a number for each press of Paint: what was asked for before the newest is not begun
        self.wanted: Settings | None = None  # controls moved since that press, before the painting began
        self.touched = time.monotonic()
        self.told: set[str] = set()  # notes about pictures, each said once
        self.slots: dict[str, str | None] = {}  # the pictures on the page, once they are known
        self.warned: dict[str, str | None] = {}  # the slots when the notice was shown; it is cleared once they differ
        self.region = Region()  # the crops and strokes on the page
        self.unpainted = False  # whether the photo on the page was chosen after the painting that is shown
        self.settings: Settings | None = None  # the controls on the page, once they are known
        self.changed = False  # whether pictures or controls on the page differ from the inputs of the painting shown
        self.opened: Choices | None = None  # what was on the page when a painting was chosen from the history
        self.earlier = False  # whether those differ from that painting's inputs and are still on the page
        self.begun = False  # whether the newest turn was begun, and not stopped since
        self.in_grid = False  # whether the newest turn is of variations
        self.grid: list[Card] = []  # cards of the latest grid of variations
        self.tiles: dict[tuple[Inputs, Settings], str] = {}  # files of variations that are painted
        self.shape = ""  # of the film that was asked for last
        self.styles: list[tuple[str, str]] = []  # uploaded ones: the file, and a small picture of it

    @property
    def busy(self) -> bool:
        """Whether something is painted, or waits for its turn."""
        return self.active is not None or self.waiting

    @property
    def has_painting(self) -> bool:
        """Whether a painting is shown that has a picture."""
        return self.current is not None and self.current.step is not None

    def choose(self, slots: dict[str, str | None], region: Region) -> bool:
        """Take the pictures and crops on the page; returns whether they differ from those before."""
        content, known, same = slots["content"], bool(self.slots), (self.slots, self.region) == (slots, region)
        run = self.current if self.has_painting else None
        if content != self.slots.get("content"):
            beside = self.opened[0].get("content") if self.opened else None  # on the page when the painting was chosen
            new = content not in (run.inputs.content, beside) if run else not samples.is_first(content)
            self.unpainted = bool(content) and new
        self.slots, self.region = slots, region
        if not same:
            self._compare()
        return known and not same

    def set(self, settings: Settings) -> bool:
        """Take the controls on the page; returns whether they differ from those before.

        The photo's colours are left out: they can be switched at any time.
        """
        before, self.settings = self.settings, replace(settings, keep_colors=False)
        moved = before not in (None, self.settings)
        if moved:
            self._compare()
        return moved

    def _compare(self) -> None:
        """Update `changed` and `earlier`."""
        differs = self.has_painting and self.differs(self.result())
        self.earlier = differs and self._choices == self.opened
        self.changed = differs and not self.earlier

    @property
    def _choices(self) -> Choices:
        """The pictures and controls on the page, to compare with those at another time."""
        return self.slots, self.region, self.settings

    def differs(self, run: Run) -> bool:
        """Whether the pictures or controls on the page are not those of a painting."""
        shown = *(self.slots.get(name) for name in ("content", "style", "second_style")), self.region
        return shown != run.inputs.shown or (self.settings is not None and not run.has(self.settings))

    def begin(self, grid: bool = False) -> int:
        """Stop what runs or waits; returns the number of the new turn. `grid`: it is one of variations."""
        self.stop()
        self.wanted, self.waiting, self.begun, self.in_grid = None, True, True, grid
        return self.turn

    def stop(self) -> None:
        """Stop what runs, and cancel what waits for its turn."""
        self.turn += 1
        self.waiting = self.begun = False
        if self.active is not None:
            self.active.stop()

    def starts(self, turn: int) -> bool:
        """Whether a turn is still the newest; then the visit no longer waits for it."""
        if turn == self.turn:
            self.waiting = False
        return turn == self.turn

    def paint(self, run: Run, turn: int, seconds: float | None = None) -> Iterator[Run]:
        """Run a painting; yields it for each frame to show. Does nothing if its turn is over."""
        if not self.starts(turn):
            return
        run.ready()
        self.active = run
        if self.wanted is not None and not self.in_grid:
            run.change(self.wanted)
        if turn != self.turn:  # Stop came between
            run.stop()
        try:
            with closing(run.frames(seconds)) as frames:
                for _ in frames:
                    yield run
        finally:
            if self.active is run:
                self.active = None
            self.touched = time.monotonic()
            sweep()

    def show(self, run: Run) -> None:
        """Make a painting the present one, pack the previous one, and forget others that have hardly begun."""
        before, self.current = self.current, run
        self.unpainted = self.changed = self.earlier = False
        self.opened = None
        if before is not None and before is not run:
            before.pack()
        self.runs = [other for other in self.runs if other is run or other.has_begun]
        if run not in self.runs:
            self.runs.append(run)
        while len(self.runs) > limits.KEPT_PAINTINGS:
            self.runs.pop(0).drop()

    def open(self, run: Run) -> None:
        """Show a painting of the history."""
        self.show(run)
        self.opened = self._choices
        self._compare()

    def keep_before(self, run: Run, before: Run) -> None:
        """Insert `before`, a copy of `run`, into the history: `run` is continued and becomes the newest."""
        self.runs = [other for other in self.runs if other is not run] + [before, run]
        before.pack()

    def result(self) -> Run:
        """The present painting. Raises StylizeError where there is none."""
        if self.current is None or self.current.step is None:
            raise StylizeError("There is no painting yet; press Paint first.")
        return self.current

    def change(self, settings: Settings) -> None:
        """Pass moved controls to the running painting, or to the next one.

        Not to a variation, which has a strength of its own.
        """
        self.wanted = settings
        if self.active is not None and not self.in_grid:
            self.active.change(settings)


def arrive(session: str, token: str, language: str) -> Visit:
    """Find or make the visit of a tab. Its token is made by the browser, 128 random bits."""
    with _lock:
        visit = _visits.get(token)
        if visit is None:
            visit = _visits[token] = Visit(token, language)
        _sessions.pop(session, None)  # the newest is the last
        _sessions[session] = token
        for old in [name for name, whose in _sessions.items() if whose == token][:-SESSIONS_OF_A_TAB]:
            del _sessions[old]
        visit.language, visit.touched = language, time.monotonic()
    sweep()
    return visit


def find(request: gr.Request) -> Visit:
    """Find the visit of a request. Raises StylizeError if there is none."""
    visit = find_or_none(request)
    if visit is None:
        raise StylizeError("This visit is over; reload the page.")
    visit.touched = time.monotonic()
    return visit


def find_or_none(request: gr.Request) -> Visit | None:
    """Find the visit of a request; None if there is none."""
    return _visits.get(_sessions.get(str(request.session_hash), ""))


def leave(session: str) -> None:
    """Stop a closed tab's painting; it can continue from its picture if the tab is reloaded."""
    with _lock:
        visit = _visits.get(_sessions.pop(session, ""))
    if visit is not None and visit.token not in _sessions.values():
        visit.stop()
        for run in visit.runs:
            run.pack()


def waits(visit: Visit) -> list[int]:
    """Estimate the seconds until this visit's turn, for each place in the queue; [] while a running one's are unknown.

    Those that wait before it will take as long as those that run, on the average.
    """
    left, whole = [], []
    for other in list(_visits.values()):
        if other is visit or other.active is None:
            continue
        if (step := other.active.step) is None or step.seconds_left is None:
            return []
        tiles = sum(card.picture is None for card in other.grid) if other.in_grid else 0
        left.append(step.seconds_left + tiles * (step.seconds + step.seconds_left))
        whole.append((tiles + 1) * (step.seconds + step.seconds_left))
    if len(left) < limits.AT_ONCE:
        return []
    heapq.heapify(left)
    return [round(heapq.heapreplace(left, left[0] + sum(whole) / len(whole))) for _ in range(limits.MAX_QUEUE)]


def sweep() -> None:
    """Enforce the budgets of memory and age: the oldest is removed first, nothing that runs.

    Optimiser states are dropped before any picture; the newest picture stays.
    """
    now = time.monotonic()
    with _lock:
        for visit in list(_visits.values()):
            if visit.touched < now - limits.KEPT_SECONDS and visit.active is None:
                _forget(visit)
        idle = [visit for visit in _visits.values() if visit.active is None]
        idle.sort(key=lambda visit: (bool(visit.runs), visit.touched))  # those without a painting first
        for visit in idle[: max(0, len(_visits) - limits.KEPT_VISITS)]:
            _forget(visit)
        oldest = [(run, visit) for visit in _visits.values() for run in visit.runs]
        oldest.sort(key=lambda one: one[0].touched)
        excess = sum(run.bytes for run, _ in oldest) - limits.KEPT_BYTES
        for run, _ in oldest:
            excess -= run.rest() if excess > 0 else 0
        for run, visit in oldest[:-1]:
            if excess <= 0:
                break
            if run is not visit.active:
                excess -= run.bytes
                visit.runs.remove(run)
                visit.current = None if visit.current is run else visit.current
                run.drop()


def _forget(visit: Visit) -> None:
    _visits.pop(visit.token, None)
    for session in [session for session, token in _sessions.items() if token == visit.token]:
        del _sessions[session]
    visit.stop()
    for run in visit.runs:
        run.drop()
