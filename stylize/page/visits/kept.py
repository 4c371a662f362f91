"""Storage of a painting: a step with its pictures compressed, and a folder of files for the browser."""

import io
import shutil
import tempfile
import threading
from collections import deque
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image

from stylize import Step
from stylize.pictures.pixels import from_pixels

from .storage import folder

FILES = 30  # of one painting on the disk, of each kind: frames, pictures to look at, downloads
PAUSED_BYTES = 400  # a pixel, of a painting that can go on with Adam's state
Packed = tuple[bytes, bytes]  # the picture as PNG, the photo as JPEG


def size_of(step: Step | None, paused: bool) -> int:
    """Bytes of a step in memory, and of the optimiser of a paused painting."""
    if step is None:
        return 0
    return step.pixels.nbytes + step.photo.nbytes + paused * PAUSED_BYTES * step.size[0] * step.size[1]


def packed(step: Step) -> tuple[Step, Packed]:
    """Compress a step's pictures; returns the step without them, and the bytes."""
    kept = _encoded(step.pixels, "PNG", compress_level=3), _encoded(step.photo, "JPEG", quality=92)
    nothing = torch.empty((0, 0, 3), dtype=torch.uint8)
    return replace(step, pixels=nothing, photo=nothing), kept


def unpacked(step: Step, kept: Packed) -> Step:
    """Undo `packed`."""
    pixels, photo = map(_decoded, kept)
    return replace(step, pixels=pixels, photo=photo)


def _encoded(pixels: torch.Tensor, format: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    from_pixels(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def _decoded(data: bytes) -> torch.Tensor:
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
        pixels = torch.frombuffer(bytearray(image.convert("RGB").tobytes()), dtype=torch.uint8)
        return pixels.view(image.height, image.width, 3)


class Folder:
    """The folder of one painting's files, in the one that gradio serves from. Made at first use."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._written: dict[str, deque[Path]] = {"frame": deque(), "look": deque(), "download": deque()}
        self._lock = threading.Lock()

    def path(self, name: str, kind: str = "look") -> Path:
        """Return a path for a file of this name; above FILES, the oldest of its kind is removed.

        A "download" gets a new folder, so that its address is new too and no browser shows a cached one.
        """
        with self._lock:
            if self._path is None or not self._path.is_dir():
                self._path = Path(tempfile.mkdtemp(prefix="stylize-", dir=folder()))
            fresh = kind == "download"
            path = (Path(tempfile.mkdtemp(dir=self._path)) if fresh else self._path) / name
            written = self._written[kind]
            if path in written:
                written.remove(path)
            written.append(path)
            while len(written) > FILES:
                oldest = written.popleft()
                oldest.unlink(missing_ok=True)
                if oldest.parent != self._path:
                    shutil.rmtree(oldest.parent, ignore_errors=True)
            return path

    def remove(self) -> None:
        if self._path:
            shutil.rmtree(self._path, ignore_errors=True)
