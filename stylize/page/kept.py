"""What is kept of a painting: its pictures as bytes while it is not shown, and a folder of files that are served."""

import io
import shutil
import tempfile
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import torch
from PIL import Image

from stylize import Step, images

from . import uploads

FILES = 60  # of one painting that stay on the disk: frames for slow browsers, what was made to be downloaded
Packed = tuple[bytes, bytes]  # the picture as PNG, the photo as JPEG


def packed(step: Step) -> tuple[Step, Packed]:
    """The step without its tensors, and these as bytes."""
    kept = _encoded(step.pixels, "PNG", compress_level=3), _encoded(step.photo, "JPEG", quality=92)
    nothing = torch.empty((0, 0, 3), dtype=torch.uint8)
    return replace(step, pixels=nothing, photo=nothing), kept


def unpacked(step: Step, kept: Packed) -> Step:
    """The step as it was."""
    pixels, photo = map(_decoded, kept)
    return replace(step, pixels=pixels, photo=photo)


def _encoded(pixels: torch.Tensor, format: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    images.from_pixels(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def _decoded(data: bytes) -> torch.Tensor:
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
        pixels = torch.frombuffer(bytearray(image.convert("RGB").tobytes()), dtype=torch.uint8)
        return pixels.view(image.height, image.width, 3)


class Folder:
    """Of one painting's files, inside the folder that gradio serves from; made when it is needed."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._written: deque[Path] = deque()
        self._lock = threading.Lock()

    def path(self, name: str, fresh: bool = False) -> Path:
        """Where to write; the oldest file goes. `fresh`: in a folder of its own, since browsers keep what they got."""
        with self._lock:
            if self._path is None or not self._path.is_dir():
                self._path = Path(tempfile.mkdtemp(prefix="stylize-", dir=uploads.folder()))
            path = (Path(tempfile.mkdtemp(dir=self._path)) if fresh else self._path) / name
            if path in self._written:
                self._written.remove(path)
            self._written.append(path)
            while len(self._written) > FILES:
                oldest = self._written.popleft()
                oldest.unlink(missing_ok=True)
                if oldest.parent != self._path:
                    shutil.rmtree(oldest.parent, ignore_errors=True)
            return path

    def frame(self) -> Path:
        """Where to write the next streamed frame."""
        return self.path(f"{time.monotonic_ns()}.jpg")

    def remove(self) -> None:
        if self._path:
            shutil.rmtree(self._path, ignore_errors=True)
