"""Frames to a video: MP4 through ffmpeg where it is installed, animated WebP or GIF anywhere."""

import io
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PIL import Image

from ..errors import StylizeError
from ..step import Step
from . import files, pixels

FRAMES = 120  # most frames kept of one run
SECONDS = 6.0  # length of the video up to the finished painting, about
HOLD = 1.5  # seconds for which the finished painting is shown
LARGEST = {".webp": 1024, ".gif": 512}  # px, longer side: larger ones take minutes to write, and hardly play
FFMPEG_SECONDS = 300  # longest run of ffmpeg


class Timelapse:
    """Evenly spaced frames of a run whose length is not known.

    When FRAMES are kept, every second one is dropped, and from then on half as many are added.
    """

    def __init__(self) -> None:
        self._frames: list[bytes] = []  # JPEG, in the painting's own colours
        self.iterations: list[int] = []  # of each frame
        self._every, self._seen = 1, 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def bytes(self) -> int:
        """Memory that the frames take."""
        return sum(map(len, self._frames))

    def add(self, step: Step) -> None:
        """Keep this step's picture if it is one of the evenly spaced ones."""
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
        pixels.from_pixels(step.pixels).save(buffer, "JPEG", quality=92)
        self._frames.append(buffer.getvalue())
        self.iterations.append(step.iteration)

    def frame(self, index: int, colors: Image.Image | None = None) -> Image.Image:
        """A kept picture at the size it was painted at; in the colours of the photo `colors` if given."""
        picture = Image.open(io.BytesIO(self._frames[index])).convert("RGB")
        return pixels.keep_colors(picture, colors) if colors else picture


def formats() -> tuple[str, ...]:
    """The file endings that `write` supports on this machine, the best first."""
    return ((".mp4",) if shutil.which("ffmpeg") else ()) + (".webp", ".gif")


def check_writable(path: Path) -> None:
    """Raises StylizeError where `write` would, so that it is known before painting."""
    if path.suffix.lower() not in formats():
        values = {"name": path.name, "endings": ", ".join(formats())}
        if path.suffix.lower() == ".mp4":
            raise StylizeError(
                "{name} cannot be written: .mp4 needs ffmpeg installed; or end it in one of {endings}.", **values
            )
        raise StylizeError("A time-lapse cannot be written as {name}; end it in one of {endings}.", **values)
    files.check_writable(path)


def write(lapse: Timelapse, last: Image.Image, path: str | os.PathLike[str], colors: Image.Image | None = None) -> None:
    """Write the kept frames, then `last` for HOLD seconds, as a video of the size of `last`.

    The path's ending decides the format. `colors`: a photo whose colours the frames take. Frames are decoded one at a
    time.

    Raises:
        StylizeError: the ending is not among `formats()`, ffmpeg takes too long, or the file cannot be written.
    """
    path = Path(path)
    check_writable(path)
    ending = path.suffix.lower()
    size = last.size
    if ending == ".mp4":
        size = max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2)  # H.264 shares colour between two pixels
    elif max(size) > LARGEST[ending]:
        size = pixels.fitted(size, LARGEST[ending])

    def frame(index: int) -> Image.Image:
        picture = lapse.frame(index, colors) if index < len(lapse) else last
        return picture if picture.size == size else picture.resize(size, Image.Resampling.BICUBIC)

    count = len(lapse) + 1
    rate = min(30.0, max(5.0, count / SECONDS))
    with files.replacing(path) as part:
        if ending == ".mp4":
            order = [*range(count), *[count - 1] * round(rate * HOLD)]
            _write_mp4(map(frame, order), size, part, rate)
        else:
            durations = [round(1000 / rate)] * (count - 1) + [round(1000 * HOLD)]
            options: dict[str, Any] = {"quality": 80, "method": 2} if ending == ".webp" else {}
            _Film(frame, count).save(part, save_all=True, duration=durations, loop=0, **options)


class _Film(Image.Image):
    """An animation for Image.save that makes each frame on seek, so that they are never all in memory."""

    def __init__(self, frame: Callable[[int], Image.Image], count: int) -> None:
        super().__init__()
        self._frame, self.n_frames, self._index = frame, count, -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        if frame >= self.n_frames:
            raise EOFError
        if frame != self._index:
            picture = self._frame(frame)
            self._index, self.im, self._mode, self._size = frame, picture.im, picture.mode, picture.size

    def tell(self) -> int:
        return self._index


def _write_mp4(pictures: Iterable[Image.Image], size: tuple[int, int], path: Path, rate: float) -> None:
    """Send RGB frames of `size` (width, height) to ffmpeg one by one. Raises StylizeError, or OSError if it fails."""
    frames = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {rate:.3f} -i -"
    video = "-c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p -movflags +faststart"
    command = f"ffmpeg -y -loglevel error {frames} {video}".split()
    overdue = threading.Event()
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            [*command, str(path.absolute())], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
        ) as ffmpeg,
    ):
        assert ffmpeg.stdin is not None

        def give_up() -> None:
            overdue.set()
            ffmpeg.kill()

        timer = threading.Timer(FFMPEG_SECONDS, give_up)
        timer.start()
        try:
            for picture in pictures:
                ffmpeg.stdin.write(picture.tobytes())
            ffmpeg.communicate()
        except BrokenPipeError:
            ffmpeg.wait()  # ffmpeg ended early; its exit code is checked below
        except BaseException:
            ffmpeg.kill()
            raise
        finally:
            timer.cancel()
        if overdue.is_set():
            raise StylizeError(
                "ffmpeg took more than {seconds} s to make the time-lapse; paint smaller, or end its name in .webp.",
                seconds=FFMPEG_SECONDS,
            )
        if ffmpeg.returncode:
            errors.seek(0)
            message = errors.read(200).decode(errors="replace").strip()
            raise OSError(f"ffmpeg says {message or ffmpeg.returncode}")
