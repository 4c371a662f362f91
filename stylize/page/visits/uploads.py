"""Files of visitors: this process's own folder for them, who may use which, how much there may be, for how long."""

import atexit
import errno
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gradio.utils import get_upload_folder

from stylize import StylizeError

from .. import limits

try:
    import fcntl
except ImportError:  # Windows: there an open folder cannot be removed, and a leftover stays until the system removes it
    fcntl = None  # type: ignore[assignment]

MARK = ".stylize-page"  # in each process's own folder: nothing else is ever removed
FULL = StylizeError("The server's disk is full; try again later.")
QUOTA_FILES = 100  # uploads of one address
QUOTA_BYTES = limits.MAX_DISK // 4
OWNERS = 200  # of one file, the newest: who sends the same picture under ever new names is many
BROKEN_SECONDS = 600.0  # that what gradio left of an upload or of a call stays
SPARE_BYTES = 200_000_000  # of the disk that are left free

_permanent: set[Path] = set()  # the page's own pictures
_owners: dict[Path, dict[str, str]] = {}  # of each file, the oldest first: visitors, and uploaders' addresses
_coming: list[int] = []  # bytes of the uploads under way


# ---- the folder


def folder() -> Path:
    return Path(get_upload_folder()).resolve()


def private_folder() -> Path:
    """A new folder that this process alone uses and removes at its end; those of killed processes are removed now.

    A process holds a lock on its folder, which the system lets go however the process ends.
    """
    root = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    root.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix="new-stylize-", dir=root))
    own = root / new.name.removeprefix("new-")
    (new / MARK).touch()
    if fcntl:
        fcntl.flock(os.open(new, os.O_RDONLY), fcntl.LOCK_EX)  # open for as long as the process lives
        for other in root.glob("stylize-*"):
            if _is_left_over(other):
                shutil.rmtree(other, ignore_errors=True)
    new.rename(own)
    os.environ["GRADIO_TEMP_DIR"] = tempfile.tempdir = str(own)
    atexit.register(_remove_own, own, os.getpid())
    return own


def _is_left_over(other: Path) -> bool:
    with suppress(OSError):  # it may go at any time
        handle = os.open(other, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(handle).st_uid == os.geteuid() and (other / MARK).is_file()
        finally:
            os.close(handle)
    return False


def _remove_own(own: Path, process: int) -> None:
    if os.getpid() == process:  # and not in a forked worker
        shutil.rmtree(own, ignore_errors=True)
        time.sleep(0.5)  # a painting under way may have been about to write a frame
        shutil.rmtree(own, ignore_errors=True)


# ---- who may use what


def checked(path: object) -> Path:
    """The file that a visitor names, resolved. Raises StylizeError unless it is a regular one in our folder."""
    with suppress(OSError, ValueError, RuntimeError):
        real = Path(str(path)).resolve(strict=True)
        if real.is_relative_to(folder()) and stat.S_ISREG(real.stat().st_mode):
            return real
    raise StylizeError("This picture is not on the server (any more); upload it again.")


def usable(path: object, visitor: str) -> Path:
    """The same, for one visitor: what others uploaded or painted is as if it were not there. Using a file keeps it."""
    real = checked(path)
    if real not in _permanent:
        if visitor not in _owners.get(real, ()):
            return checked(None)
        _owners[real] = _owners.pop(real)
        os.utime(real)
    return real


def give(path: Path, visitor: str) -> None:
    """A file that was made for this visitor is theirs as well; it counts as no address's upload."""
    _own(path, visitor, _owners.get(path, {}).get(visitor, ""))


def _own(path: Path, visitor: str, address: str) -> None:
    if path not in _permanent:
        owners = _owners.pop(path, {})
        owners.pop(visitor, None)
        _owners[path] = dict([*owners.items(), (visitor, address)][-OWNERS:])


def record(path: Path, visitor: str, address: str) -> None:
    """An upload has arrived; the address's oldest ones go where it has too many."""
    _own(path, visitor, address)
    mine = [(p, p.stat().st_size) for p, owners in list(_owners.items()) if address in owners.values() and p.exists()]
    while len(mine) > QUOTA_FILES or sum(size for _, size in mine) > QUOTA_BYTES:
        oldest = mine.pop(0)[0]
        _owners[oldest] = {who: where for who, where in _owners[oldest].items() if where != address}
        if not _owners[oldest]:
            _remove(oldest)


def is_full(error: Exception) -> bool:
    """Whether a disk has no room, or its owner's part of it."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def told(error: Exception) -> StylizeError:
    """What a visitor is told of an error; raises it again where that is nothing."""
    if is_full(error):
        return FULL
    if not isinstance(error, StylizeError):
        raise error
    return error


# ---- how much, and for how long


def expect(length: int) -> None:
    """An upload of so many bytes begins; the oldest uploads make room. Raises StylizeError where there is none."""
    used = sum(about.st_size for _, about in _files()) + sum(_coming) + length
    for path in list(_owners):
        if used <= limits.MAX_DISK:
            break
        used -= path.stat().st_size if path.exists() else 0
        _remove(path)
    if used > limits.MAX_DISK or disk_free() < SPARE_BYTES + sum(_coming) + length:
        raise FULL
    _coming.append(length)


def expected(length: int) -> None:
    """That upload has ended."""
    _coming.remove(length)


def disk_free() -> int:
    return shutil.disk_usage(folder()).free


def keep_what_is_there() -> None:
    """The page's own pictures, copied here by gradio when the page was built, are never swept."""
    _permanent.update(file for file, _ in _files())


def sweep() -> None:
    """Remove what is older than a visitor's time, and the oldest of what is more than there may be."""
    now, own = time.time(), folder()
    files = [(about.st_mtime, about.st_size, file) for file, about in _files() if file not in _permanent]
    excess = sum(size for _, size, _ in files) - limits.MAX_DISK
    for changed, size, file in sorted(files):
        if excess > 0 or changed < now - (limits.KEPT_SECONDS if file.parent != own else BROKEN_SECONDS):
            _remove(file)
            excess -= size
    for path in [path for path in list(_owners) if not path.exists()]:
        _owners.pop(path, None)


def _files() -> Iterator[tuple[Path, os.stat_result]]:
    for parent, _, names in os.walk(folder()):
        for name in names:
            with suppress(OSError):
                yield (file := Path(parent, name)), file.stat()


def _remove(file: Path) -> None:
    _owners.pop(file, None)
    with suppress(OSError):
        file.unlink()
        if file.parent != folder():
            file.parent.rmdir()  # which fails where there is more in it
