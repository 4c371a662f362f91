"""Keep frames of a painting and write them as a film: MP4 with ffmpeg, else animated WebP or GIF."""

import io
import math
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps

from ..errors import StylizeError
from . import files, pixels

if TYPE_CHECKING:
    from ..step import Step

FRAMES = 120  # most frames kept of one run
SECONDS = 6.0  # length of the film up to the finished painting, about
HOLD = 1.5  # seconds for which the finished painting is shown
WIPE = 1.5  # seconds of the wipe from the photo to the painting
WIPE_RATE = 20  # least frames a second of a film with a wipe
WIPE_HOLD = 0.5  # seconds for which the painting, and then the photo, are shown before the wipe
SHAPES = ((16, 9), (1, 1), (9, 16))  # ratios that players and social networks show without adding bars
GROUND = (8, 8)  # px, the picture reduced to which fills the rest of another shape, enlarged and so blurred
DARK = 0.65  # its brightness
LARGEST = {".webp": 768, ".gif": 512}  # px, longer side: larger ones take minutes to write, and hardly play
QUALITY = 92  # JPEG quality of the frames
FFMPEG_SECONDS = 300  # longest run of ffmpeg
Frame = tuple[bytes, float]  # a JPEG, and the seconds for which it is shown


class Timelapse:
    """Keep evenly spaced frames of a run whose length is not known.

    When FRAMES are kept, every second one is dropped, and from then on half as many are added.
    """

    def __init__(self) -> None:
        self.jpegs: list[bytes] = []  # the frames, in the painting's own colours
        self.iterations: list[int] = []  # each frame's iteration
        self._every, self._seen = 1, 0

    def __len__(self) -> int:
        return len(self.jpegs)

    @property
    def bytes(self) -> int:
        """Return the memory that the frames take."""
        return sum(map(len, self.jpegs))

    def add(self, step: "Step") -> None:
        """Keep this step's picture if it is one of the evenly spaced ones."""
        if self._seen % self._every == 0 and len(self.jpegs) == FRAMES:
            self.jpegs, self.iterations = self.jpegs[::2], self.iterations[::2]
            self._every *= 2
        if self._seen % self._every == 0:
            self.jpegs.append(_jpeg(pixels.from_pixels(step.pixels)))
            self.iterations.append(step.iteration)
        self._seen += 1

    def frame(self, index: int, colors: Image.Image | None = None) -> Image.Image:
        """Decode a kept picture at the size it was painted at; in the colours of the photo `colors` if given."""
        picture = Image.open(io.BytesIO(self.jpegs[index])).convert("RGB")
        return pixels.keep_colors(picture, colors) if colors else picture


def formats() -> tuple[str, ...]:
    """List the file endings that `write` supports on this machine, the best first."""
    return ((".mp4",) if shutil.which("ffmpeg") else ()) + (".webp", ".gif")


def check_writable(path: Path) -> None:
    """Raise StylizeError where `write` would, so that it is known before painting."""
    if path.suffix.lower() not in formats():
        values = {"name": path.name, "endings": ", ".join(formats())}
        if path.suffix.lower() == ".mp4":
            raise StylizeError(
                "{name} cannot be written: .mp4 needs ffmpeg installed; or end it in one of {endings}.", **values
            )
        raise StylizeError("A time-lapse cannot be written as {name}; end it in one of {endings}.", **values)
    files.check_writable(path)


def write(
    lapse: Timelapse,
    last: Image.Image,
    path: str | os.PathLike[str],
    colors: Image.Image | None = None,
    shape: tuple[int, int] | None = None,
    photo: Image.Image | None = None,
) -> None:
    """Write the kept frames, then `last`, as a film; the path's ending decides the format.

    `colors`: a photo whose colours the frames take. `shape`: (width, height) as a ratio, one of SHAPES; None: that of
    `last`. `photo`: the film ends with a wipe from it to the painting.
    Raises StylizeError if the ending is not among `formats()`, ffmpeg takes too long, or the file cannot be written.
    """
    path = Path(path)
    check_writable(path)
    ending, padded = path.suffix.lower(), shape is not None
    size = _canvas(last.size, shape, ending)
    count = len(lapse) + 1
    # Copies of each kept frame: the wipe needs a higher rate.
    repeats = math.ceil(WIPE_RATE * SECONDS / count) if photo else 1
    rate = min(30.0, max(5.0, count * repeats / SECONDS))
    film = [(_jpeg(lapse.frame(n, colors)) if colors else lapse.jpegs[n], repeats / rate) for n in range(len(lapse))]
    if photo:
        film += _wipe(last, photo, rate)
    film.append((_jpeg(last), HOLD))
    with files.replacing(path) as part:
        if ending == ".mp4":
            _write_mp4(film, size, padded, part, rate)
        else:
            _write_animation(film, size, padded, part)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.copy().save(buffer, "JPEG", quality=QUALITY)  # save() keeps its options in the image, which others may save
    return buffer.getvalue()


def _canvas(size: tuple[int, int], shape: tuple[int, int] | None, ending: str) -> tuple[int, int]:
    """Return (width, height) of the film: the picture's, or the smallest of that shape that holds it."""
    if shape:
        k = max(size[0] / shape[0], size[1] / shape[1])
        size = round(k * shape[0]), round(k * shape[1])
    if ending == ".mp4":
        return max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2)  # H.264 shares colour between two pixels
    k = min(1.0, LARGEST[ending] / max(size))
    return max(1, round(k * size[0])), max(1, round(k * size[1]))


def _wipe(last: Image.Image, photo: Image.Image, rate: float) -> list[Frame]:
    """Make the frames of the painting, the photo, and then the painting drawn over it from the left."""
    photo = photo if photo.size == last.size else photo.resize(last.size, Image.Resampling.LANCZOS)
    frames = [(_jpeg(last), WIPE_HOLD), (_jpeg(photo), WIPE_HOLD)]
    line = max(1, last.width // 300)
    for n in range(1, steps := round(WIPE * rate)):
        x = round(last.width * (n / steps) ** 2 * (3 - 2 * n / steps))  # slow, fast, slow
        picture = photo.copy()
        picture.paste(last.crop((0, 0, x, last.height)))
        picture.paste("white", (x, 0, x + line, last.height))
        frames.append((_jpeg(picture), 1 / rate))
    return frames


def _write_animation(film: list[Frame], size: tuple[int, int], padded: bool, path: Path) -> None:
    frames = [Image.open(io.BytesIO(jpeg)) for jpeg, _ in film]
    pictures = [on_ground(frame, size) if padded else frame.resize(size) for frame in frames]
    durations = [round(1000 * seconds) for _, seconds in film]
    options: dict[str, Any] = {"quality": 80, "method": 2} if path.suffix.lower() == ".webp" else {}
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=durations, loop=0, **options)


def on_ground(frame: Image.Image, size: tuple[int, int], brightness: float = DARK) -> Image.Image:
    """Fit a picture into `size` (width, height in px); fill the rest with a blurred copy of it, at this brightness."""
    picture = ImageOps.contain(frame, size)
    small = frame.resize(GROUND, Image.Resampling.BOX).point(lambda value: brightness * value)
    ground = small.resize(size, Image.Resampling.BICUBIC)
    ground.paste(picture, ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2))
    return ground


def _write_mp4(film: list[Frame], size: tuple[int, int], padded: bool, path: Path, rate: float) -> None:
    """Let ffmpeg scale and encode the JPEGs. Raises StylizeError if it takes too long, OSError if it fails."""
    fit = f"scale={size[0]}:{size[1]}:out_range=limited:out_color_matrix=bt709"
    scale = f"{fit}:in_range=full"
    if padded:
        small = f"scale={GROUND[0]}:{GROUND[1]}:flags=area,format=gbrp"
        ground = f"{small},colorchannelmixer=rr={DARK}:gg={DARK}:bb={DARK},{fit},format=yuv420p[ground]"
        picture = f"{scale}:force_original_aspect_ratio=decrease,format=yuv420p[picture]"
        scale = f"split[a][b];[a]{ground};[b]{picture};[ground][picture]overlay=(W-w)/2:(H-h)/2,setsar=1"
    tags = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"  # else players guess
    video = f"-c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p {tags} -movflags +faststart"
    command = f"ffmpeg -y -loglevel error -f image2pipe -c:v mjpeg -framerate {rate:.3f} -i - -vf {scale} {video}"
    jpegs = b"".join(jpeg * max(1, round(seconds * rate)) for jpeg, seconds in film)
    try:
        ffmpeg = subprocess.run(
            [*command.split(), str(path.absolute())], input=jpegs, capture_output=True, timeout=FFMPEG_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise StylizeError(
            "ffmpeg took more than {seconds} s to make the time-lapse; paint smaller, or end its name in .webp.",
            seconds=FFMPEG_SECONDS,
        ) from None
    if ffmpeg.returncode:
        message = ffmpeg.stderr[:200].decode(errors="replace").strip()
        raise OSError(f"ffmpeg says {message or ffmpeg.returncode}")
