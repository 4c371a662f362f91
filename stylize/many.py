"""Paint many photos over any concurrent.futures.Executor: Workers (processes of this machine), dask's, MPI's, ..."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

from .errors import StylizeError
from .machine import usable_cpus
from .pictures import images
from .process import configure_process
from .settings import Settings
from .step import Step

REPEATS = 2  # times that a photo is painted again after its worker died
POLL_SECONDS = 1.0  # Windows handles Ctrl-C between two waits only
Styles = Image.Image | list[tuple[Image.Image, float]]


@dataclass(frozen=True)
class Painted:
    """Hold the result of one photo: its last step, or the error, or both where the loss overflowed."""

    content: Path
    step: Step | None = None
    error: StylizeError | None = None
    notes: list[str] = field(default_factory=list)  # about the photo's file, such as frames that were left out


@dataclass
class _Task:
    """Count the workers that died while painting a photo."""

    content: Path
    deaths: int = 0


def paint_many(
    contents: Iterable[str | os.PathLike[str]],
    style: Styles,
    settings: Settings | None = None,
    *,
    executor: Executor,
    at_once: int = 16,
    repeats: int = REPEATS,
    device: str | None = None,
    weights: Path | None = None,
) -> Iterator[Painted]:
    """Paint each photo on one of the executor's workers, and yield what became of it, in the order they are done.

    A photo is sent as the bytes of its file, and its last Step comes back, so workers need no common disk. A photo
    that cannot be painted has an `error` and does not stop the rest. One whose worker died is sent again, `repeats`
    times. `at_once` photos are sent ahead at most; `contents` is read as far as that, so that ending it ends the work.
    """
    settings = settings or Settings()
    unread, again, running = iter(contents), deque[_Task](), dict[Future[Any], _Task]()
    try:
        while True:
            while len(running) < at_once:
                task = again.popleft() if again else next((_Task(Path(content)) for content in unread), None)
                if task is None:
                    break
                try:
                    images.shape_of(task.content)  # refuses pipes and devices, which may never end
                    data = task.content.read_bytes()
                    running[executor.submit(_paint, task.content.name, data, style, settings, device, weights)] = task
                except StylizeError as error:
                    yield Painted(task.content, error=error)
                except Exception as error:  # the file is gone, or the executor takes no more
                    yield Painted(task.content, error=_lost(error))
            if not running:
                return
            for future in wait(running, POLL_SECONDS, FIRST_COMPLETED).done:
                task = running.pop(future)
                painted = _result(task, future)
                if painted is None and task.deaths < repeats:
                    again.append(_Task(task.content, task.deaths + 1))
                else:
                    yield painted or Painted(task.content, error=_lost(_error(future)))
    finally:
        for future in running:
            future.cancel()


def _paint(
    name: str, data: bytes, style: Styles, settings: Settings, device: str | None, weights: Path | None
) -> tuple[Step, list[str]]:
    """Paint in the worker; returns the last step and the notes of the photo's reader. Raises StylizeError."""
    from .engine.device import best_device  # loads torch, which takes seconds
    from .engine.networks import load_network
    from .engine.run import stylize

    with TemporaryDirectory(prefix="stylize-") as folder:
        file = Path(folder, name)  # under its own name, which errors mention
        file.write_bytes(data)
        photo = images.open_picture(file, None if settings.reference else 2 * settings.size)
    network = load_network(settings.network, best_device(device), settings.reference, weights)
    (step,) = deque(stylize(photo, style, settings, network=network), maxlen=1)
    return step, [str(note) for note in photo.info["notes"]]


def _error(future: Future[Any]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:  # the executor was shut down, or lost its connection
        return error


def _result(task: _Task, future: Future[Any]) -> Painted | None:
    """Convert a future to Painted; None where its worker died or failed in a way that another may not."""
    error = _error(future)
    if isinstance(error, StylizeError):
        return Painted(task.content, getattr(error, "step", None), error)
    if error is not None:
        return None
    step, notes = future.result()
    return Painted(task.content, step, None, notes)


def _lost(error: BaseException | None) -> StylizeError:
    reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
    return StylizeError("A worker could not paint it ({reason}); try a smaller size or fewer workers.", reason=reason)


class Workers(ThreadPoolExecutor):
    """Run `count` processes on this machine, each with its share of the cores' threads.

    A ProcessPoolExecutor is broken as a whole when one of its processes dies. So each thread here has one of a single
    process, which it replaces: the death of a process costs the photo it was painting and no other.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count, initializer=_block_interrupts)
        self.count, self.pids, self.killed = count, set[int](), False
        self._own = threading.local()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(self._run, fn, *args, **kwargs)

    def _run(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        own = self._own
        try:
            if getattr(own, "pool", None) is None:
                own.pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, (self.count,))
                own.pid = own.pool.submit(os.getpid).result()
                self.pids.add(own.pid)
            if self.killed:  # while the process was starting
                os.kill(own.pid, signal.SIGTERM)
            return own.pool.submit(fn, *args, **kwargs).result()
        except BrokenProcessPool:
            self.pids.discard(getattr(own, "pid", 0))
            own.pool = None
            raise

    def kill(self) -> None:
        """End all processes now, whatever they are at; the photos that they paint fail."""
        self.killed = True
        self.shutdown(wait=False, cancel_futures=True)
        for pid in list(self.pids):
            with suppress(OSError):
                os.kill(pid, signal.SIGTERM)


def _block_interrupts() -> None:
    """Block Ctrl-C in this thread and so in the processes that it starts: the terminal would send it to them too."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})


def _begin(count: int) -> None:
    """Set up a process that is one of `count`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for Windows, where no signal mask is inherited
    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure_process()
    import torch

    torch.set_num_threads(max(1, min(torch.get_num_threads(), usable_cpus()) // count))


def _end_with_parent() -> None:
    """End this process when its parent is killed: the queue of its work would never tell."""
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)
