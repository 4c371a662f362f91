"""Read strangers' pictures in a child process with limits of memory and time.

A decompression bomb, or a fault in a decoder, ends the child and becomes one sentence; the server goes on. Where the
system has no such limits (Windows), pictures are read in this process, with the limits of images.py alone.
The child runs this file as a program. It loads no torch.
"""

import io
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from ..errors import StylizeError
from ..process import MAX_PNG_TEXT
from . import formats, images

HAS_LIMITS = os.name == "posix"
MEMORY = 900_000_000  # bytes of address space: a WebP of 50 megapixels takes 830 MB, other formats 50 to 680 MB
CPU_SECONDS = 20
SECONDS = 60  # wall time; longer than CPU_SECONDS, since other processes may be busy
CHILDREN = threading.BoundedSemaphore(2)  # limits the child processes at a time
ROOT = str(Path(__file__).parents[2])  # the folder that the package is in


def open_untrusted(path: str | os.PathLike[str], side: int = images.LARGEST) -> Image.Image:
    """Call images.open_picture for a stranger's file."""
    return _run("open_picture", path, side)


@lru_cache(maxsize=1000)
def shape_untrusted(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Call images.decoded_shape for a stranger's file; cached, since it is asked for whenever a setting is changed."""
    width, height = _run("decoded_shape", path)
    return width, height


def record_untrusted(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Call images.read_record for a stranger's file."""
    return _run("read_record", path)


def preview(path: str | os.PathLike[str], side: int = 1024) -> bytes | None:
    """Make a JPEG of a stranger's file that browsers cannot show (HEIC, TIFF); None where they can."""
    with open(path, "rb") as file:
        if formats.plugin_of(file.read(formats.HEAD)) not in formats.HIDDEN_IN_BROWSERS:
            return None
    buffer = io.BytesIO()
    open_untrusted(path, side).save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _run(function: str, path: str | os.PathLike[str], *arguments: int) -> Any:
    """Call a function of images.py in the child. Raises its StylizeError, or one that says that the child was ended."""
    if not HAS_LIMITS:
        return getattr(images, function)(path, *arguments)
    task = json.dumps([MEMORY, CPU_SECONDS, function, os.fspath(path), *arguments])
    # Without site (-S) it starts faster; packages are found where this process finds them.
    command = [sys.executable, "-S", "-m", "stylize.pictures.sandbox", task]
    places = os.pathsep.join([ROOT, *filter(None, sys.path)])
    environment = os.environ | {"PYTHONPATH": places, "PYTHONSAFEPATH": "1"}
    null, pipe = subprocess.DEVNULL, subprocess.PIPE
    try:
        with CHILDREN:
            done = subprocess.run(
                command, env=environment, stdin=null, stdout=pipe, stderr=null, timeout=SECONDS, check=True
            )
        head, _, pixels = done.stdout.partition(b"\n")
        answer = json.loads(head)
    except (OSError, ValueError, subprocess.SubprocessError):  # it was ended, or could not be started
        raise StylizeError(
            "{name} takes too much memory or time to open; make it smaller, or save it anew as JPEG or PNG.",
            name=Path(path).name,
        ) from None
    if "error" in answer:
        raise StylizeError.from_json(answer["error"])
    if "value" in answer:
        return answer["value"]
    image = Image.frombytes("RGB", tuple(answer["size"]), pixels)
    image.info["notes"] = [StylizeError.from_json(note) for note in answer["notes"]]
    return image


def _child(memory: int, seconds: int, function: str, *arguments: Any) -> None:
    """Write a line of JSON: {"error": ...}, {"value": ...}, or {"size": ..., "notes": ...} and then the RGB bytes."""
    import resource  # Windows has none

    for kind, most in (("AS", memory), ("CPU", seconds), ("FSIZE", 0), ("CORE", 0)):
        with suppress(ValueError, OSError):  # macOS has no RLIMIT_AS; a host's own limit may be lower
            resource.setrlimit(getattr(resource, f"RLIMIT_{kind}"), (most, most))
    with suppress(ImportError):  # Pillow 11.0 has none
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread takes address space
    PngImagePlugin.MAX_TEXT_CHUNK = MAX_PNG_TEXT
    pixels = b""
    try:
        result = getattr(images, function)(*arguments)
        answer = {"value": result}
        if function == "open_picture":
            answer = {"size": result.size, "notes": [note.to_json() for note in result.info["notes"]]}
            pixels = result.tobytes()
    except StylizeError as error:
        answer = {"error": error.to_json()}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pixels)


if __name__ == "__main__":
    _child(*json.loads(sys.argv[1]))
