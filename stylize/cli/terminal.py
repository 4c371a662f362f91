"""Print for people (stderr) and programs (stdout), and handle signals."""

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import StylizeError, printable
from ..step import NotFiniteError, Step

UPDATE_SECONDS = 0.25  # between two updates of the line of progress


class OutputError(Exception):
    """Raised where --json cannot print: stdout is a closed pipe, or on a full disk."""


class Report:
    """Count painted, skipped and failed contents, print them with --json, and hold the exit code."""

    def __init__(self, as_json: bool) -> None:
        self.as_json, self.painted, self.skipped, self.failed = as_json, 0, list[str](), list[str]()
        self.code = 0  # the program's exit code: 0, 1 (a painting failed), 2 (bad input), 130 (stopped)

    def raise_code(self, code: int) -> None:
        self.code = max(self.code, code)

    def done(self, record: dict[str, Any]) -> None:
        self.painted += 1
        self._print(record)

    def skip(self, content: Path, reason: str) -> None:
        self.skipped.append(printable(content.name))
        self._print({"content": str(content), "skipped": reason})

    def fail(self, content: Path, error: StylizeError) -> None:
        self.failed.append(printable(content.name))
        self.raise_code(1 if isinstance(error, NotFiniteError) else 2)
        note(str(error))
        self._print({"content": str(content), "error": str(error)})

    def sum_up(self) -> None:
        parts = [f"{self.painted} painted"]
        for what, names in (("skipped", self.skipped), ("failed", self.failed)):
            if names:
                parts.append(f"{len(names)} {what} ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})")
        note(f"{', '.join(parts)}.")

    def _print(self, record: dict[str, Any]) -> None:
        if not self.as_json:
            return
        try:
            print(json.dumps(record), flush=True)
        except OSError as error:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (Python flushes stdout when it exits)
            raise OutputError(f"what was printed could not be written: {error.strerror}.") from None


def note(text: str) -> None:
    """Print a line to stderr, over a line of progress if there is one."""
    _print_error(f"stylize: {text}", "\n")


def show(text: str, end: str = "") -> None:
    """Overwrite the line of progress; nothing where stderr is no terminal."""
    if _is_terminal():
        _print_error(text[: _columns()], end)


def _print_error(text: str, end: str) -> None:
    if _is_terminal():
        text = f"\r{text:{_columns()}}"  # spaces rather than escape codes, which old Windows consoles print
    with suppress(OSError, ValueError):  # stderr is closed, or on a full disk
        if sys.stderr:  # None where it was closed before the start
            print(text, end=end, file=sys.stderr, flush=True)


def _is_terminal() -> bool:
    with suppress(ValueError):  # it is closed
        return bool(sys.stderr and sys.stderr.isatty())
    return False


def _columns() -> int:
    """Return the width of a line that does not wrap: a wrapped line of progress could not be overwritten."""
    return shutil.get_terminal_size().columns - 1


def progress(step: Step) -> str:
    """Format a bar, time left, speed and losses, the most important first: narrow terminals cut the line off."""
    bar = "#" * round(20 * step.iteration / step.iterations)
    text = f"[{bar:20}] {step.iteration}/{step.iterations}"
    if step.seconds_left is not None:
        text += f"  {step.seconds_left:.0f} s left  {step.speed:.1f} it/s"
    text += f"  {step.size[0]}x{step.size[1]} px"
    return f"{text}  content {step.content_loss:.4g}  style {step.style_loss:.4g}"


class Progress:
    """Show progress a few times a second, not at each step: notebooks keep every update in their file."""

    def __init__(self) -> None:
        self.shown = float("-inf")

    def update(self, step: Step) -> None:
        if step.last or step.seconds - self.shown >= UPDATE_SECONDS:
            self.shown = step.seconds
            show(progress(step))


class Interrupts:
    """Count SIGINT, SIGTERM, SIGHUP and Windows' Ctrl-Break instead of ending the program.

    The caller stops between two iterations when `count` is above 0. From the second signal on, KeyboardInterrupt is
    raised inside `abortable()`: while painting, not while saving.
    """

    def __init__(self) -> None:
        self.count, self._abortable = 0, False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():  # signals can be handled there only
            signals = [s for s in signal.Signals if s.name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")]
            heeded = [s for s in signals if signal.getsignal(s) is not signal.SIG_IGN]  # nohup ignores SIGHUP
            self._before = {s: signal.signal(s, self._handle) for s in heeded}
        return self

    def __exit__(self, *_: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    @contextmanager
    def abortable(self) -> Iterator[None]:
        self._abortable = True
        try:
            yield
        finally:
            self._abortable = False

    def _handle(self, signum: int, frame: object) -> None:
        self.count += 1
        if self.count > 1 and self._abortable:
            self._abortable = False
            raise KeyboardInterrupt
