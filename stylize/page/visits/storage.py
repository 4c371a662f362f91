"""Rule 7, the disk: a folder of this process's own, removed at its end, with a budget and LRU eviction."""

import asyncio
import atexit
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from stylize import StylizeError

from .. import limits

DISK_FULL = StylizeError("The server's disk is full; try again later.")
SPARE_BYTES = 200_000_000  # left free on the disk

_permanent: set[Path] = set()  # the page's own pictures
_reserved = 0  # bytes of the uploads under way


def folder() -> Path:
    """The folder of all files of visitors, Gradio's uploads included."""
    return Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir()).resolve()


def create_folder() -> Path:
    """Make a folder for this process alone inside GRADIO_TEMP_DIR; it is removed when the process ends.

    GRADIO_TEMP_DIR names the new folder from then on, and Gradio too writes all its files there.
    """
    root = folder()
    root.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix="stylize-", dir=root))
    os.environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(own)
    atexit.register(_remove, own, os.getpid())
    return own


def _remove(own: Path, process: int) -> None:
    if os.getpid() != process:  # a forked worker of ZeroGPU
        return
    for _ in range(10):  # a painting under way may write a file meanwhile
        shutil.rmtree(own, ignore_errors=True)
        if not own.exists():
            break
        time.sleep(0.1)


def keep_present_files() -> None:
    """Exempt the files that are in the folder now from removal: the page's own pictures, which Gradio copied."""
    _permanent.update(path for path, _ in _files())


def sweep() -> int:
    """Remove files unused for KEPT_SECONDS, and the least recently used beyond the budget; returns bytes left.

    Gradio's delete_cache removes by age only, and knows no budget.
    """
    now, files = time.time(), sorted(_files(), key=lambda file: file[1].st_mtime)
    used = sum(about.st_size for _, about in files)
    for path, about in files:
        too_much, too_old = used > limits.MAX_DISK - _reserved, about.st_mtime < now - limits.KEPT_SECONDS
        if path not in _permanent and (too_much or too_old):
            with suppress(OSError):
                path.unlink()
                used -= about.st_size
                if path.parent != folder():
                    path.parent.rmdir()  # fails where there is more in it
    return used


def _files() -> Iterator[tuple[Path, os.stat_result]]:
    """The files in `folder`; none where it was neither made nor named: it is the system's own for temporary files."""
    for parent, _, names in os.walk(folder()) if "GRADIO_TEMP_DIR" in os.environ else ():
        for name in names:
            with suppress(OSError):
                yield (path := Path(parent, name)), path.stat()


@asynccontextmanager
async def reserve(length: int) -> AsyncIterator[None]:
    """Reserve `length` bytes that are written inside this block. Raises DISK_FULL if there is no room."""
    global _reserved
    _reserved += length
    try:
        used = await asyncio.to_thread(sweep)
        free = shutil.disk_usage(folder()).free
        if used + _reserved > limits.MAX_DISK or free < SPARE_BYTES + _reserved:
            raise DISK_FULL
        yield
    finally:
        _reserved -= length
