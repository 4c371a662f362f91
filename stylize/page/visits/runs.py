"""One painting on the page: the only owner of its state, from the first step to what is kept of it."""

import copy
import itertools
import threading
import time
from collections.abc import Generator
from dataclasses import replace

from PIL import Image

from stylize import NotFiniteError, Settings, Step, StylizeError
from stylize.engine.painting import Steps, changed
from stylize.pictures import images, pixels, timelapse

from .. import limits, zero_gpu
from ..zero_gpu import Start, paint_steps
from .inputs import Inputs
from .kept import Folder, Packed, packed, size_of, unpacked

FRAME = 0.3  # seconds between two frames: as often as a browser takes them, however fast the loop is
THUMBNAIL = 160  # px

_numbers = itertools.count(1)


class Run:
    """A painting under way, paused, done, or brought back from the history."""

    def __init__(self, inputs: Inputs, settings: Settings, start: Start = None) -> None:
        self.number = str(next(_numbers))
        self.inputs, self.settings, self.start = inputs, settings, start
        self.step: Step | None = None  # the newest; all that is shown comes from it
        self.note: StylizeError | str = ""  # why it ended, where that is not plain: an error, or "time"
        self.stopped = False
        self.curve: list[tuple[int, float, float]] = []  # iteration, content loss, style loss
        self.lapse = timelapse.Timelapse()  # in the painting's own colours
        self.full_size = (1, 1)  # (width, height) in px as asked for
        self.touched = time.monotonic()
        self._steps: Steps | None = None
        self._sent = settings
        self._seconds = 0.0  # of painting before it was last opened
        self._history: tuple[tuple[int, Settings], ...] = ()  # of settings, before it was last opened
        self._packed: Packed | None = None  # the step's two pictures, where it is not shown
        self._busy = threading.Lock()  # held by the loop
        self._files = threading.RLock()  # of files and of what is packed: one at a time
        self._folder = Folder()

    # ---- painting

    def ready(self) -> None:
        """About to be painted: Stop counts from now on."""
        self.stopped, self.note = False, ""

    def frames(self, seconds: float | None = None) -> Generator["Run", None, None]:
        """Paint on: yields itself at each frame worth showing, last when it is done. Bounded in time.

        Closing this leaves the painting where it is, so that it can go on.
        """
        if not self._busy.acquire(timeout=10):
            raise StylizeError("This painting is still at work; stop it first.")
        try:
            end, shown = time.monotonic() + min(seconds or limits.MAX_SECONDS, limits.MAX_SECONDS), 0.0
            while not self.stopped and self._advance():
                now = time.monotonic()
                if now > end and not self._last:
                    self.note = "time"
                if self._last or self.note or now - shown >= FRAME:
                    shown = now
                    yield self
                if self._last or self.note:
                    break
        finally:
            if zero_gpu.ZERO:  # or its worker would paint on, and hold its GPU
                self._close()
            self.touched = time.monotonic()
            self._busy.release()

    def _advance(self) -> bool:
        """One iteration; False where nothing is left to do."""
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
            return more and self._advance()  # a worker that could not be told to go on
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
        """Begin, or go on from the picture there is, where Adam's state is gone."""
        step = self.unpack()
        photo, styles, mask = self.inputs.open(settings)
        limits.check_memory(settings, photo.size)
        self.full_size = pixels.fitted(photo.size, settings.size, settings.reference)
        start = self.start
        if step is not None:
            start = pixels.from_pixels(step.pixels), step.iteration
            self._seconds, self._history = step.seconds, step.history
        return paint_steps(photo, styles, settings, mask, start)

    @property
    def _last(self) -> bool:
        return self.step is not None and self.step.last

    def extend(self, more: int) -> None:
        """Ask for more iterations after those done. Raises StylizeError beyond this machine's caps."""
        done = self.step.iteration if self.step else self.start[1] if self.start else 0
        settings = replace(self.settings, iterations=done + more)
        limits.check(settings)
        self.settings = settings

    def change(self, settings: Settings) -> None:
        """Take up what may change mid-run; not the number of iterations, which `extend` may have changed since."""
        if settings.recipe == self.settings.recipe:
            self.settings = changed(self.settings, replace(settings, iterations=self.settings.iterations))

    def recolor(self, keep: bool) -> None:
        """The photo's own colours or the painting's: before, during and after."""
        self.settings = replace(self.settings, keep_colors=keep)
        if self.step is not None:
            self.step = replace(self.step, keep_colors=keep)

    def stop(self) -> None:
        self.stopped = True

    def wait(self, seconds: float = 10.0) -> None:
        """Until the loop has left its last iteration."""
        if self._busy.acquire(timeout=seconds):
            self._busy.release()

    def copy(self) -> "Run":
        """As it stands, to be kept while this one goes on."""
        other = Run(self.inputs, self.settings, self.start)
        other.step, other.note, other.full_size = self.unpack(), self.note, self.full_size
        other.curve, other.lapse = list(self.curve), copy.deepcopy(self.lapse)
        return other

    def branch(self, index: int) -> "Run":
        """A new painting on from a kept frame, to the end asked for or a hundred iterations on. Raises as `extend`."""
        index = self._kept(index)
        run = Run(self.inputs, self.settings, (self.lapse.frame(index), self.lapse.iterations[index]))
        if run.settings.iterations <= self.lapse.iterations[index]:
            run.extend(limits.MORE)
        return run

    # ---- what there is to see

    @property
    def enlarged(self) -> bool:
        """Whether it ended before it had the size asked for."""
        return self.step is not None and self.step.size != self.full_size

    def picture(self) -> Image.Image:
        """The newest picture at the size asked for."""
        step = self.unpack()
        if step is None:
            raise StylizeError("There is no painting yet; press Paint first.")
        return self._full(step.picture)

    def photo(self) -> Image.Image:
        """The photo at the picture's size."""
        step = self.unpack()
        assert step is not None
        return self._full(pixels.from_pixels(step.photo))

    def frame(self, index: int) -> Image.Image:
        """A kept frame at the size asked for."""
        image = self._full(self.lapse.frame(self._kept(index)))
        return pixels.keep_colors(image, self.photo()) if self.settings.keep_colors else image

    def _kept(self, index: int) -> int:
        """Of a frame; the newest where there are no longer so many, since every second one was dropped."""
        return min(index, len(self.lapse) - 1)

    def _full(self, image: Image.Image) -> Image.Image:
        return image if image.size == self.full_size else image.resize(self.full_size, Image.Resampling.BICUBIC)

    # ---- files, for gradio to serve from its own folder

    def streamed(self) -> str:
        """The newest picture as a JPEG, for a moment; only the last few stay on the disk."""
        assert self.step is not None
        return self.saved(self.step.picture, "now", quality=85)

    def saved(self, image: Image.Image, name: str, quality: int = 92) -> str:
        """A picture as a JPEG to look at."""
        path = self._folder.path(f"{time.monotonic_ns()}-{name}.jpg")
        image.save(path, quality=quality)
        return str(path)

    def thumbnail(self) -> str:
        """As a small JPEG; made once, since galleries are sent again and again."""
        assert self.step is not None
        path = self._folder.path(f"small-{self.step.iteration}-{self.step.keep_colors}.jpg")
        if not path.is_file():
            image = self.picture()
            image.thumbnail((THUMBNAIL, THUMBNAIL))
            image.save(path, quality=88)
        return str(path)

    def png(self, index: int | None = None) -> str:
        """The newest picture, or a kept frame, as a PNG with its settings inside."""
        assert self.step is not None
        with self._files:
            step, part = self.step, ""
            image = self.picture() if index is None else self.frame(index)
            if index is not None:
                iteration = self.lapse.iterations[self._kept(index)]
                part = f"-{iteration:04}"
                history = tuple(change for change in step.history if change[0] <= iteration)
                step = replace(step, iteration=iteration, settings=history[-1][1], history=history)
            path = self._folder.path(f"{self.inputs.name}-{max(self.full_size)}{part}.png", fresh=True)
            images.save(image, path, step.record)
        return str(path)

    def video(self) -> str:
        """The time-lapse, in the best format this machine can write."""
        ending = timelapse.formats()[0]
        path = self._folder.path(f"{self.inputs.name}-{max(self.full_size)}{ending}", fresh=True)
        timelapse.write(self.lapse, self.picture(), path, self.photo() if self.settings.keep_colors else None)
        return str(path)

    # ---- what is kept

    @property
    def bytes(self) -> int:
        """Of memory: frames, pictures, and a paused painting's state."""
        rest = sum(map(len, self._packed or ())) + 64 * len(self.curve)
        return self.lapse.bytes + rest + size_of(self.step, paused=self._steps is not None)

    def rest(self) -> int:
        """Keep no more of a paused painting than its picture, from which it can go on; returns the bytes let go."""
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
        """Keep no tensors: the picture as PNG, the photo as JPEG. It can still go on, from its picture."""
        self.stopped = True
        threading.Thread(target=self._pack, daemon=True).start()  # its caller may be the event loop

    def _pack(self) -> None:
        with self._busy, self._files:
            self._close()
            if self.step is not None and self._packed is None:
                self.step, self._packed = packed(self.step)

    def unpack(self) -> Step | None:
        """The newest step with its pictures, which may be packed again at any time."""
        with self._files:
            if self._packed is not None and self.step is not None:
                self.step, self._packed = unpacked(self.step, self._packed), None
            return self.step

    def drop(self) -> None:
        """Keep nothing."""
        self.pack()
        self._folder.remove()
