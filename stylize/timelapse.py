"""Frames to a video: MP4 through ffmpeg where it is installed, animated WebP or GIF anywhere."""

import io
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from . import files
from .errors import StylizeError
from .step import Step

FRAMES = 120  # kept of a run, however long: a few seconds of video, a few MB of memory
SECONDS = 6.0  # that the growing takes in the video
HOLD = 1.5  # seconds that the finished painting stays


class Timelapse:
    """Keeps frames of a run whose length is not known: when it is full, every other one goes, and comes in."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []  # JPEG, a tenth of the pixels' own size
        self.iterations: list[int] = []  # of each frame
        self._every, self._seen = 1, 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def bytes(self) -> int:
        """What the frames take."""
        return sum(map(len, self._frames))

    def add(self, step: Step) -> None:
        """Keep this step's picture if it is its turn; other steps cost nothing."""
        turn = self._seen % self._every == 0
        self._seen += 1
        if not turn:
            return
        if len(self._frames) == FRAMES:
            self._frames, self.iterations = self._frames[::2], self.iterations[::2]
            self._every *= 2
            if (self._seen - 1) % self._every:
                return
        buffer = io.BytesIO()
        step.picture.save(buffer, "JPEG", quality=92)
        self._frames.append(buffer.getvalue())
        self.iterations.append(step.iteration)

    def frame(self, index: int) -> Image.Image:
        """One of the kept pictures, as painted: the live recipe's first are smaller."""
        return Image.open(io.BytesIO(self._frames[index])).convert("RGB")

    def frames(self) -> Iterable[Image.Image]:
        return (self.frame(index) for index in range(len(self)))


def formats() -> tuple[str, ...]:
    """The file endings `write` can serve on this machine, the best first."""
    return ((".mp4",) if shutil.which("ffmpeg") else ()) + (".webp", ".gif")


def check_writable(path: Path) -> None:
    """Raises StylizeError where `write` would refuse, before a painting is made."""
    if path.suffix.lower() not in formats():
        values = {"name": path.name, "endings": ", ".join(formats())}
        if path.suffix.lower() == ".mp4":
            raise StylizeError(
                "{name} cannot be written: .mp4 needs ffmpeg installed; or end it in one of {endings}.", **values
            )
        raise StylizeError("A time-lapse cannot be written as {name}; end it in one of {endings}.", **values)
    files.check_writable(path)


def write(frames: Iterable[Image.Image], path: str | os.PathLike[str]) -> None:
    """Write RGB pictures as a video by the path's ending, all at the size of the last, which stays a while.

    Raises:
        StylizeError: there are no frames, the ending is not among `formats()`, or the file cannot be written.
    """
    path = Path(path)
    check_writable(path)
    pictures = list(frames)
    if not pictures:
        raise StylizeError("There are no frames to make a time-lapse of; paint first.")
    width, height = pictures[-1].size
    if path.suffix.lower() == ".mp4":
        width, height = max(2, width // 2 * 2), max(2, height // 2 * 2)  # H.264 shares colour between two pixels
    size = width, height
    pictures = [p if p.size == size else p.resize(size, Image.Resampling.BICUBIC) for p in pictures]
    rate = min(30.0, max(5.0, len(pictures) / SECONDS))
    with files.replacing(path) as part:
        if path.suffix.lower() == ".mp4":
            _write_mp4([*pictures, *[pictures[-1]] * round(rate * HOLD)], part, rate)
        else:
            durations = [round(1000 / rate)] * (len(pictures) - 1) + [round(1000 * HOLD)]
            options: dict[str, Any] = {"quality": 80, "method": 2} if path.suffix.lower() == ".webp" else {}
            first, *rest = pictures
            first.save(part, save_all=True, append_images=rest, duration=durations, loop=0, **options)


def _write_mp4(pictures: Sequence[Image.Image], path: Path, rate: float) -> None:
    width, height = pictures[0].size
    command = f"ffmpeg -y -loglevel error -f rawvideo -pix_fmt rgb24 -s {width}x{height} -r {rate:.3f} -i -".split()
    command += ["-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    raw = b"".join(picture.tobytes() for picture in pictures)
    done = subprocess.run([*command, str(path.absolute())], input=raw, capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise OSError(f"ffmpeg says {done.stderr.decode(errors='replace').strip()[:200]}")
