"""Process-wide options. Only the two programs set them; importing stylize changes nothing in a process."""

import ctypes
import os

from PIL import PngImagePlugin

MAX_PNG_TEXT = 16 << 20  # bytes of a PNG's colour profile or of one text: Photoshop writes several MB


def configure_process() -> None:
    """Set options of OpenMP, MPS, Pillow and glibc. Call it before torch is loaded; your own program may, too."""
    # GNU's OpenMP spins for millions of rounds before a thread sleeps. On a busy machine spinning threads occupy the
    # core that the thread they wait for needs.
    os.environ.setdefault("GOMP_SPINCOUNT", "1500")
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # use the CPU for operations that MPS lacks
    PngImagePlugin.MAX_TEXT_CHUNK = MAX_PNG_TEXT
    keep_memory()


def keep_memory() -> bool:
    """Stop glibc returning freed tensors to the kernel: the page faults to get them back cost a third of an iteration.

    Returns False where the C library is another, which this does not concern.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS, musl, Windows
        return False
    trim_threshold, top_pad, mmap_max, arena_max = -1, -2, -4, -8  # malloc.h
    options = [(trim_threshold, 1 << 30), (top_pad, 1 << 26), (mmap_max, 0), (arena_max, 1)]
    return all(mallopt(option, value) for option, value in options)
