"""The child process of sandbox.py: limit itself, read one picture, write the answer to stdout. It loads no torch."""

import json
import resource
import sys
from contextlib import suppress
from typing import Any

from ..errors import StylizeError
from . import images


def main(memory: int, seconds: int, function: str, *arguments: Any) -> None:
    """Write a line of JSON: {"error": ...}, {"value": ...}, or {"size": ..., "notes": ...} and then the RGB bytes."""
    limits = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0))
    for kind, most in (*limits, (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS has no RLIMIT_AS; a host's own limit may be lower
            resource.setrlimit(kind, (most, most))
    with suppress(ImportError):  # Pillow 11.0 has none
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread takes address space
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
    main(*json.loads(sys.argv[1]))
