"""Atomic writes, and checks that a path can be written."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StylizeError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a new empty file in the folder of `path` to write to. It replaces `path` at the end; an error removes it.

    A symbolic link at `path` stays, and its target is replaced. The permissions of a replaced file are kept.
    Raises StylizeError if the disk or the system refuses.
    """
    path = Path(path)
    try:
        part = beside(path)
        try:
            yield part
            os.replace(part, os.path.realpath(path))
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise _not_written(path, error) from None


def beside(path: Path) -> Path:
    """Make an empty file with a unique name in the folder of `path` (or of a link's target), with its permissions."""
    target = Path(os.path.realpath(path))
    part = target.with_name(f".stylize-{os.urandom(8).hex()}{target.suffix[:16]}")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    with suppress(FileNotFoundError):
        part.chmod(stat.S_IMODE(target.stat().st_mode))
    return part


def check_writable(path: Path) -> None:
    """Raise StylizeError where `replacing` would fail, or `path` is no regular file."""
    try:
        with suppress(FileNotFoundError):
            mode = path.stat().st_mode  # raises OSError for a name that is too long
            if stat.S_ISDIR(mode):
                raise StylizeError("{name} is a folder; name a file in it.", name=path)
            if not stat.S_ISREG(mode):
                raise StylizeError("{name} is not an ordinary file; choose another name.", name=path)
            if not os.access(path, os.W_OK):
                raise StylizeError("{name} may not be overwritten; choose another name.", name=path)
        beside(path).unlink()
    except (FileNotFoundError, NotADirectoryError):
        folder = os.path.dirname(os.path.realpath(path)) if path.parent.is_dir() else path.parent
        raise StylizeError(
            "There is no folder {folder} to write {name} to; make it first.", folder=folder, name=path.name
        ) from None
    except PermissionError:
        raise StylizeError("The folder {folder} may not be written to; choose another.", folder=path.parent) from None
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> StylizeError:
    return StylizeError("{name} could not be written: {reason}.", name=path.name, reason=error.strerror or error)
