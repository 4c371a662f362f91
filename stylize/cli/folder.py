"""Paint a folder's photos on several workers: --workers and --dask."""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from .. import many
from ..errors import StylizeError, printable
from ..pictures import images
from .jobs import Job
from .paint import Shared, record_of, written
from .terminal import Interrupts, Report, note, show

DASK_SECONDS = 10  # timeout of the connection to the scheduler


class _Interrupts(Interrupts):
    """Print what the first signal does, since the photos under way may take minutes."""

    def _handle(self, signum: int, frame: object) -> None:
        if not self.count:
            note("finishing the photos under way; Ctrl-C again drops them.")
        super()._handle(signum, frame)


def paint_all(jobs: list[Job], shared: Shared, report: Report) -> None:
    """Paint every job; a failed one is reported. Raises StylizeError, or KeyboardInterrupt at the second Ctrl-C."""
    if not jobs:
        return
    args, outputs = shared.args, {job.content: job.output for job in jobs}
    with _executor(args, len(jobs)) as (executor, at_once, repeats), _Interrupts() as interrupts:
        painted, started = 0, monotonic()
        steps = many.paint_many(
            _writable(jobs, interrupts, report),
            shared.styles,
            shared.settings,
            executor=executor,
            at_once=at_once,
            repeats=repeats,
            device=args.device,
            weights=args.weights,
        )
        while True:
            _show_progress(painted, len(jobs), monotonic() - started)
            with interrupts.abortable():
                one = next(steps, None)
            if one is None:
                break
            painted += 1
            _finish(one, outputs[one.content], report)
        if interrupts.count:
            report.raise_code(130)


def _writable(jobs: Iterable[Job], interrupts: Interrupts, report: Report) -> Iterator[Path]:
    """Yield the contents whose outputs can be written, until Ctrl-C."""
    for job in jobs:
        if interrupts.count:
            return
        try:
            images.check_writable(job.output)
            yield job.content
        except StylizeError as error:
            report.fail(job.content, error)


def _finish(one: many.Painted, wanted: Path, report: Report) -> None:
    """Write the painting if there is one, and report what became of it."""
    for sentence in one.notes:
        note(f"{printable(one.content.name)}: {sentence}")
    error = one.error
    if one.step is not None:
        try:
            output = written(one.step, wanted)
            note(f"painted in {one.step.seconds:.1f} s: {printable(str(output))}")
            if error is None:
                report.done(record_of(one.step, Job(one.content, wanted), output))
                report.raise_code(int(output != wanted))
        except StylizeError as failed:
            error = failed
    if error is not None:
        report.fail(one.content, error)


def _show_progress(done: int, count: int, seconds: float) -> None:
    text = f"[{'#' * round(20 * done / count):20}] {done}/{count} photos"
    if done:
        text += f"  {seconds / done * (count - done):.0f} s left  {60 * done / seconds:.1f} a minute"
    show(text)


@contextmanager
def _executor(args: Namespace, jobs: int) -> Iterator[tuple[Executor, int, int]]:
    """Open the executor; yields it, how many photos to send ahead, and how often one is sent again after a death."""
    if args.dask is None:
        workers = many.Workers(min(args.workers, jobs))
        try:
            yield workers, workers.count, many.REPEATS
        except BaseException:
            workers.kill()
            raise
        workers.shutdown()
        return
    try:
        from distributed import Client
    except ImportError:
        raise StylizeError('--dask needs a package; try: pip install "stylize[dask]".') from None
    try:
        client = Client(args.dask, timeout=DASK_SECONDS)
    except (OSError, ValueError, ImportError) as error:
        raise StylizeError(
            "No dask scheduler answers at {address} ({reason}); name one as tcp://host:8786.",
            address=args.dask,
            reason=type(error).__name__,
        ) from None
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            note("the scheduler has no workers yet; painting begins when one comes.")
        # Send more photos than there are workers, so that none waits. dask itself repeats tasks of dead workers.
        yield client.get_executor(pure=False), max(16, 2 * threads), 0
