"""Write the losses as CSV, a row an iteration."""

import contextlib
import csv
from pathlib import Path

from ..errors import StylizeError
from ..facts import STYLE_LAYERS
from ..pictures import files
from ..step import Step
from .terminal import note

LOSSES = ("content_loss", "style_loss", "total_loss")
HEAD = ("iteration", "size", "seconds", *LOSSES, *STYLE_LAYERS)


def check_writable(path: Path) -> None:
    """Raise StylizeError where the log cannot be written, or an existing file is not a log."""
    files.check_writable(path)
    if path.exists():
        with path.open("rb") as file:
            if file.read(len(HEAD[0])) not in (b"", HEAD[0].encode()):
                raise StylizeError("{name} is a file of another kind; choose another name for the log.", name=path)


class Log:
    """Write the losses to a CSV file, a row an iteration. An error while writing ends the log, not the painting."""

    def __init__(self, path: Path | None) -> None:
        """`path` None: write nothing. Raises StylizeError where the file cannot be made."""
        self._file = None
        if path is not None:
            with files.replacing(path) as part:  # a new file: another program may still write the old one
                part.write_text(",".join(HEAD) + "\n", newline="\n")
            self._file = path.open("a", newline="")

    def __enter__(self) -> "Log":
        return self

    def write(self, step: Step) -> None:
        if self._file is None or step.last:
            return
        row = [step.iteration, max(step.size), f"{step.seconds:.3f}", *(getattr(step, name) for name in LOSSES)]
        row += [step.style_losses.get(name, "") for name in STYLE_LAYERS]
        try:
            csv.writer(self._file, lineterminator="\n").writerow(row)
        except OSError as error:
            self._give_up(error)

    def __exit__(self, *_: object) -> None:
        try:
            if self._file is not None:
                self._file.close()  # writes what is still buffered
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        note(f"the log ends here: {error.strerror or error}.")
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        self._file = None
