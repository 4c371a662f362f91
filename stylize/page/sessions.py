"""Each visitor's painting: kept by session, where Stop, Continue and the tools after the run find it."""

import atexit
import shutil
import tempfile
import threading
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from gradio.utils import get_upload_folder
from PIL import Image

from stylize import NotFiniteError, Settings, Step, StylizeError, images, timelapse

from . import limits
from .zero_gpu import paint_steps

FRAME = 0.3  # seconds between two frames: as often as a browser takes them, however fast the loop is
TAIL = 60  # frames that stay on the disk, for browsers that are slow to fetch them
MORE = 100  # iterations that Continue adds

_runs: dict[str, "Run"] = {}
_leftovers: list[tuple[float, Path]] = []  # folders, and when they may go
_lock = threading.RLock()  # of these two


class Run:
    """One painting, under way, paused or done."""

    def __init__(
        self,
        settings: Settings,
        content: Image.Image,
        styles: list[tuple[Image.Image, float]],
        mask: Image.Image | None = None,
    ) -> None:
        self.settings = settings  # as they are now: what may change mid-run is taken up at the next iteration
        self.content = content
        self.keep_colors = settings.keep_colors  # done to the finished picture, so that it can be switched at will
        self.step: Step | None = None
        self.picture: Image.Image | None = None  # of that step, in the painting's own colours
        self.curve: list[tuple[int, float, float]] = []  # iteration, content loss, style loss
        self.lapse = timelapse.Timelapse()
        self.note = ""  # why it ended, where that is not plain
        self.touched = time.monotonic()
        self._applied = settings
        self._busy = threading.Lock()
        self.stopped = False
        self._shown = 0
        self._folder: Path | None = None
        plain = replace(settings, keep_colors=False)
        self._painting: Generator[Step, Settings | None, None] | None = paint_steps(content, styles, plain, mask)

    # ---- painting

    def frames(self, more: int = 0, seconds: float | None = None) -> Generator["Run", None, None]:
        """Paint on: yields itself at each frame worth showing, last when it is done. Bounded in time.

        Closing this leaves the painting where it is, so that it can go on with Adam's state.
        """
        if not self._busy.acquire(timeout=10):
            raise StylizeError("This painting is still at work; stop it first.")
        try:
            self.stopped = False
            if more:
                self.extend(more)
            end = time.monotonic() + (seconds or limits.MAX_SECONDS)
            shown = 0.0
            while not self.stopped and (step := self._next()):
                now = time.monotonic()
                if now > end:
                    self.note = "time"
                if step.last or self.note or now - shown >= FRAME:
                    shown = now
                    self.keep(step)
                    yield self
                if step.last or self.note:
                    break
        finally:
            self.touched = time.monotonic()
            self._busy.release()

    def _next(self) -> Step | None:
        """One iteration; the last good step once more, with a note, where the numbers have left all bounds."""
        if self._painting is None:
            return None
        changed = self.settings is not self._applied
        self._applied = self.settings
        try:
            step = self._painting.send(self.settings) if changed else next(self._painting)
        except StopIteration:
            self._painting = None
            return None
        except NotFiniteError as error:
            step, self._painting, self.note = error.step, None, str(error)
        self.curve.append((step.iteration, step.content_loss, step.style_loss))
        self.lapse.add(step)
        return step

    def keep(self, step: Step) -> None:
        self.step, self.picture = step, step.picture

    def extend(self, more: int) -> None:
        """Ask for more iterations after those done. Raises StylizeError where there is nothing to go on from."""
        if self._painting is None or self.step is None:
            raise StylizeError("There is no painting to go on with any more; press Paint.")
        self.note = ""
        self.change(replace(self.settings, iterations=self.step.iteration + more))

    def change(self, settings: Settings) -> None:
        """Take up settings from the next iteration on. Raises StylizeError beyond this machine's caps."""
        limits.check(settings)
        self.settings = settings

    def settle(self) -> None:
        """Wait until a run that was cancelled has left its last iteration, 10 s at most."""
        self.stopped = True
        if self._busy.acquire(timeout=10):
            self._busy.release()

    def close(self, keep_files: float = 0) -> None:
        """Free the painting's memory, once it has left its last iteration, and its files `keep_files` s later."""
        self.stopped = True
        # Its caller may be the event loop, which must not wait.
        threading.Thread(target=self._close, args=(keep_files,), daemon=True).start()

    def _close(self, keep_files: float) -> None:
        with self._busy:
            if self._painting is not None:
                self._painting.close()
            self._painting = None
        if self._folder:
            with _lock:
                _leftovers.append((time.monotonic() + keep_files, self._folder))
        sweep()

    @property
    def idle(self) -> bool:
        return not self._busy.locked()

    # ---- what there is to see

    @property
    def done(self) -> bool:
        return self.step is not None and (self.step.last or bool(self.note))

    def colored(self, picture: Image.Image) -> Image.Image:
        """In the photo's colours, if they are to be kept."""
        return images.keep_colors(picture, self.content) if self.keep_colors else picture

    def result(self) -> Image.Image:
        """The newest picture. Raises StylizeError where there is none."""
        if self.picture is None:
            raise StylizeError("There is no painting yet; press Paint first.")
        return self.colored(self.picture)

    def file(self, name: str) -> Path:
        """Where to write a file that this visitor may download; removed with the run."""
        if self._folder is None or not self._folder.is_dir():
            root = Path(get_upload_folder())  # gradio serves files from there, and copies them from elsewhere
            root.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="stylize-", dir=root))
        return self._folder / name

    def frame(self) -> str:
        """The newest picture as a JPEG to stream. Only the last few stay on the disk."""
        path = self.file(f"{self._shown:06}.jpg")
        self._shown += 1
        self.result().save(path, quality=85)
        self.file(f"{self._shown - 1 - TAIL:06}.jpg").unlink(missing_ok=True)
        return str(path)

    def png(self) -> Path:
        """The newest picture as a PNG with its settings inside."""
        path = self.file("stylize.png")
        picture = self.result()
        assert self.step is not None  # result() would have raised
        images.save(picture, path, replace(self.step, keep_colors=self.keep_colors).record)
        return path

    def video(self) -> Path:
        """The time-lapse, in the best format this machine can write."""
        path = self.file(f"stylize{timelapse.formats()[0]}")
        if self.step is None:
            raise StylizeError("There is no painting yet; press Paint first.")
        timelapse.write(self.lapse, replace(self.step, keep_colors=self.keep_colors), path)
        return path


def start(session: str, run: Run) -> Run:
    """Make `run` the visitor's own, in the place of the one before."""
    with _lock:
        forget(session)
        _runs[session] = run
        sweep()
    return run


def find(session: str) -> Run:
    """The visitor's painting. Raises StylizeError where there is none."""
    run = _runs.get(session)
    if run is None:
        raise StylizeError("There is no painting yet; press Paint first.")
    run.touched = time.monotonic()
    return run


def forget(session: str) -> None:
    """Keep nothing of a visitor who left, or begins anew."""
    if run := _runs.pop(session, None):
        run.close()


def count() -> int:
    """Of the paintings kept now."""
    return len(_runs)


def sweep() -> None:
    """The oldest go, so that neither memory nor disk grows with the number of visitors."""
    now = time.monotonic()
    with _lock:
        idle = sorted((session for session, run in _runs.items() if run.idle), key=lambda s: _runs[s].touched)
        for n, session in enumerate(idle):
            if len(idle) - n > limits.KEPT_RUNS or _runs[session].touched < now - limits.KEPT_SECONDS:
                forget(session)
        for leftover in [left for left in _leftovers if left[0] <= now]:
            _leftovers.remove(leftover)
            shutil.rmtree(leftover[1], ignore_errors=True)


def sweep_forever(every: float = 60.0) -> None:
    """Sweep in the background for as long as the program runs, and once more when it ends."""

    def loop() -> None:
        while True:
            time.sleep(every)
            sweep()

    threading.Thread(target=loop, daemon=True).start()
    atexit.register(_sweep_all)


def _sweep_all() -> None:
    folders = [run._folder for run in _runs.values()] + [folder for _, folder in _leftovers]
    for folder in folders:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
