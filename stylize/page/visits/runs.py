"""One painting on the page: its loop, settings and state."""

import copy
import itertools
import threading
import time
from collections.abc import Generator
from dataclasses import replace

from stylize import NotFiniteError, Settings, StylizeError, forecast
from stylize.engine.device import best_device
from stylize.engine.networks import load_network
from stylize.engine.painting import Steps, changed
from stylize.pictures import pixels

from .. import limits, zero_gpu
from ..zero_gpu import Start, paint_steps
from .inputs import Inputs
from .kept import packed, size_of
from .results import Result

LEAST = 2.0  # least seconds of a painting that stays in the history although another press interrupted it
FRAME = 0.3  # seconds between two frames: as often as a browser takes them, however fast the loop is

_numbers = itertools.count(1)


class Run(Result):
    """A running, paused or finished painting. All its state is here and in Result."""

    def __init__(self, inputs: Inputs, settings: Settings, start: Start = None) -> None:
        self.number = str(next(_numbers))
        super().__init__(inputs, settings)
        self.start = start
        self.note: StylizeError | str = ""  # why it ended, where that is not plain: an error, "time"
        self.notes: list[StylizeError] = []  # about its pictures, see Inputs.open
        self.stopped, self.kept = False, False  # kept: in the history, however short: Stop was pressed
        self.part, self.told = 0.0, 0.0  # as last shown: the part that is painted, and the seconds left
        self.curve: list[tuple[int, float, float]] = []  # iteration, content loss, style loss
        self.extended = False  # whether `extend` continued it after its end
        self.touched, self.created = time.monotonic(), time.time()
        self._steps: Steps | None = None
        self._sent = settings
        self._iterations = settings.iterations  # as the control last had it; `extend` may have added to it
        self._seconds = 0.0  # of painting before it was last opened
        self._history: tuple[tuple[int, Settings], ...] = ()  # of settings, before it was last opened
        self._busy = threading.Lock()  # held by the loop

    # ---- painting

    def ready(self) -> None:
        """Reset the stop flag before painting."""
        self.stopped, self.note = False, ""

    def frames(self, seconds: float | None = None) -> Generator["Run", None, None]:
        """Continue painting; yields itself for each frame to show, the last one included. Bounded in time.

        After closing this generator the painting can be continued.
        """
        if not self._busy.acquire(timeout=10):
            raise StylizeError("This painting is still at work; stop it first.")
        try:
            began, shown, new = time.monotonic(), 0.0, self.step is None and self.start is None
            end = began + min(seconds or limits.MAX_SECONDS, limits.MAX_SECONDS)
            while not self.stopped and self._advance():
                now = time.monotonic()
                if now > end and not self.is_done:
                    self.note = "time"
                if self.is_done or self.note or now - shown >= FRAME:
                    shown = now
                    yield self
                if self.is_done or self.note:
                    break
            if new and not zero_gpu.ZERO and self.step and self.step.iteration >= self.settings.iterations:
                network = load_network(self.settings.network, best_device(), self.settings.reference)
                forecast.learn(self.settings, self.full_size, network, time.monotonic() - began)
        finally:
            if zero_gpu.ZERO:  # or its worker would paint on, and hold its GPU
                self._close()
            self.touched = time.monotonic()
            self._busy.release()

    def _advance(self) -> bool:
        """Run one iteration; False if nothing is left to do."""
        wanted = self.settings  # one snapshot: it may be replaced at any time
        try:
            if self._steps is None:
                self._steps = self._open(wanted)
                step = next(self._steps)
            else:
                step = self._steps.send(wanted if wanted is not self._sent else None)
            self._sent = wanted
        except StopIteration:
            self._steps = None
            more = self.step is None or self.step.iteration < wanted.iterations
            return more and self._advance()  # start again: on ZeroGPU a worker cannot be told to go on
        except NotFiniteError as error:
            self._steps, self.note, step = None, error, error.step
        self.step = replace(
            step,
            keep_colors=self.settings.keep_colors,
            seconds=step.seconds + self._seconds,
            history=(*self._history, *step.history),
        )
        self.curve.append((step.iteration, step.content_loss, step.style_loss))
        self.lapse.add(replace(step, keep_colors=False))
        return True

    def _open(self, settings: Settings) -> Steps:
        """Begin, or continue from the present picture after Adam's state was dropped."""
        step = self.unpack()
        photo, styles, mask, masks, self.notes = self.inputs.open(settings)
        limits.check_memory(settings, photo.size)
        self.full_size = pixels.fitted(photo.size, settings.size, settings.reference)
        start = self.start
        if step is not None:
            start = pixels.from_pixels(step.pixels), step.iteration
            self._seconds, self._history = step.seconds, step.history
        return paint_steps(photo, styles, settings, mask, start, masks)

    @property
    def is_done(self) -> bool:
        """Whether it was painted to its end."""
        return self.step is not None and self.step.last

    @property
    def has_begun(self) -> bool:
        """Whether it was painted for a while, to its end, or until somebody pressed Stop."""
        return self.step is not None and (self.step.last or self.kept or self.step.seconds >= LEAST)

    def extend(self, more: int) -> None:
        """Ask for more iterations after those done. Raises StylizeError beyond this machine's caps."""
        done = self.step.iteration if self.step else self.start[1] if self.start else 0
        settings = replace(self.settings, iterations=done + more)
        limits.check(settings)
        self.extended = self.extended or self.is_done
        self.settings, self.part, self.told = settings, 0.0, 0.0

    def change(self, settings: Settings) -> None:
        """Apply the settings that may change mid-run; the iterations only if their control was moved, see `extend`."""
        if settings.recipe != self.settings.recipe:
            return
        moved, self._iterations = settings.iterations != self._iterations, settings.iterations
        iterations = settings.iterations if moved else self.settings.iterations
        self.settings = changed(self.settings, replace(settings, iterations=iterations))

    def has(self, settings: Settings) -> bool:
        """Whether it was painted with these controls; the photo's colours can be switched at any time."""
        same = replace(settings, keep_colors=self.settings.keep_colors, iterations=self.settings.iterations)
        return same == self.settings and settings.iterations == self._iterations

    def recolor(self, keep: bool) -> None:
        """Switch between the photo's colours and the painting's, at any time."""
        self.settings = replace(self.settings, keep_colors=keep)
        if self.step is not None:
            self.step = replace(self.step, keep_colors=keep)

    def stop(self) -> None:
        self.stopped = True

    def wait(self, seconds: float = 10.0) -> None:
        """Wait until the loop has ended its iteration."""
        if self._busy.acquire(timeout=seconds):
            self._busy.release()

    def copy(self) -> "Run":
        """Copy the present state, to keep it while this painting continues."""
        other = Run(self.inputs, self.settings, self.start)
        other.step, other.note, other.full_size = self.unpack(), self.note, self.full_size
        other.curve, other.lapse = list(self.curve), copy.deepcopy(self.lapse)
        other.created, self.created = self.created, time.time()
        return other

    # ---- what is kept

    @property
    def bytes(self) -> int:
        """Memory: frames, pictures, and the optimiser of a paused painting."""
        rest = sum(map(len, self._packed or ())) + 64 * len(self.curve)
        return self.lapse.bytes + rest + size_of(self.step, paused=self._steps is not None)

    def rest(self) -> int:
        """Drop the optimiser of a paused painting, which can continue from its picture; returns the bytes freed."""
        before = self.bytes
        if self._busy.acquire(blocking=False):
            self._close()
            self._busy.release()
        return before - self.bytes

    def _close(self) -> None:
        if self._steps is not None:
            self._steps.close()
            self._steps = None

    def pack(self) -> None:
        """Stop, and compress the tensors (PNG, JPEG). The painting can still continue from its picture."""
        self.stopped = True
        threading.Thread(target=self._pack, daemon=True).start()  # its caller may be the event loop

    def _pack(self) -> None:
        with self._busy, self._files:
            self._close()
            if self.step is not None and self._packed is None:
                self.step, self._packed = packed(self.step)

    def drop(self) -> None:
        """Stop, and remove its files."""
        self.pack()
        self._folder.remove()
