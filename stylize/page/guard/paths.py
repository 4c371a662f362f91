"""Rule 1: a request can name only files in this server's own folder."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from stylize import StylizeError

from ..visits.storage import folder


def checked(path: object) -> Path:
    """The resolved path of a file that a request names. Call it wherever such a file is opened.

    Raises StylizeError unless it is a regular file in this server's folder. Sets its time of use, for LRU eviction.
    """
    with suppress(OSError, ValueError, RuntimeError):
        real = Path(str(path)).resolve(strict=True)
        if real.is_relative_to(folder()) and stat.S_ISREG(real.stat().st_mode):
            os.utime(real)
            return real
    raise StylizeError("This picture is not on the server (any more); upload it again.")
