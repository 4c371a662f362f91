"""Errors as sentences for people: the one place that turns any exception into a StylizeError."""

import errno
import logging

from stylize import StylizeError

from .visits.storage import DISK_FULL

UNEXPECTED = StylizeError("Something went wrong on the server; reload the page and try again.")


def explained(error: Exception) -> StylizeError:
    """The error itself if it is a StylizeError, else a sentence; what nobody expected is logged."""
    if isinstance(error, StylizeError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    logging.getLogger("stylize").error("A handler failed.", exc_info=error)
    return UNEXPECTED
