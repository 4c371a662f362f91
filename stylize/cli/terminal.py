"""The command line's output, for people (stderr) and programs (stdout), and its signals."""

import json
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import StylizeError, printable
from ..step import NotFiniteError, Step


class Report:
    """Counts what became of each content, prints it with --json, and holds the exit code."""

    def __init__(self, as_json: bool) -> None:
        self.as_json, self.painted, self.skipped, self.failed = as_json, 0, list[str](), list[str]()
        self.code = 0  # of the program: 0, 1 (a painting failed), 2 (bad input), 130 (stopped)

    def done(self, record: dict[str, Any]) -> None:
        self.painted += 1
        self._print(record)

    def skip(self, content: Path, reason: str) -> None:
        self.skipped.append(printable(content.name))
        self._print({"content": str(content), "skipped": reason})

    def fail(self, content: Path, error: StylizeError) -> None:
        self.failed.append(printable(content.name))
        self.code = max(self.code, 1 if isinstance(error, NotFiniteError) else 2)
        note(str(error))
        self._print({"content": str(content), "error": str(error)})

    def sum_up(self) -> None:
        parts = [f"{self.painted} painted"]
        parts += [f"{len(names)} {what} ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
                  for what, names in (("skipped", self.skipped), ("failed", self.failed)) if names]  # fmt: skip
        note(f"{', '.join(parts)}.")

    def _print(self, record: dict[str, Any]) -> None:
        if self.as_json:
            print(json.dumps(record), flush=True)


def note(text: str) -> None:
    """Print a line to stderr; a closed stderr is no error."""
    with suppress(OSError, ValueError):
        if sys.stderr:  # None where it is closed
            print(f"stylize: {text}", file=sys.stderr)


def progress(step: Step) -> str:
    """A line with a bar, the losses, the speed and the time left."""
    bar = "#" * round(20 * step.iteration / step.iterations)
    text = f"[{bar:20}] {step.iteration}/{step.iterations}  {step.size[0]}x{step.size[1]} px"
    from .. import forecast  # loads torch

    text += f"  content {step.content_loss:.4g}  style {step.style_loss:.4g}"
    if (left := forecast.seconds_left(step)) is not None:
        text += f"  {step.speed:.1f} it/s  {left:.0f} s left"
    return text


def show(text: str, end: str = "") -> None:
    """Overwrite the line of progress. Nothing where stderr is no terminal."""
    with suppress(OSError, ValueError):
        if sys.stderr and sys.stderr.isatty():
            print(f"\r\x1b[K{text}", end=end, file=sys.stderr, flush=True)


class Interrupts:
    """A context that counts SIGINT, SIGTERM and SIGHUP instead of ending the program.

    The caller stops between two iterations when `count` is above 0. From the second signal on, KeyboardInterrupt is
    raised where `abortable` is set (while painting, not while saving).
    """

    def __init__(self) -> None:
        self.count, self.abortable = 0, False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():  # signals can be handled there only
            signals = [s for s in signal.Signals if s.name in ("SIGINT", "SIGTERM", "SIGHUP")]
            heeded = [s for s in signals if signal.getsignal(s) is not signal.SIG_IGN]  # nohup ignores SIGHUP
            self._before = {s: signal.signal(s, self._handle) for s in heeded}
        return self

    def __exit__(self, *_: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    def _handle(self, signum: int, frame: object) -> None:
        self.count += 1
        if self.count > 1 and self.abortable:
            self.abortable = False
            raise KeyboardInterrupt
