"""Paint the contents one by one: show and log the steps, then save what there is, also when a painting ends early."""

import contextlib
import math
import secrets
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from .. import forecast
from ..engine.device import best_device, fast_dtype
from ..engine.networks import Network, load_network
from ..engine.run import stylize
from ..engine.weights import download, missing_weights
from ..errors import StylizeError, printable
from ..facts import NETWORKS
from ..pictures import images, pixels, timelapse
from ..settings import Settings
from ..step import Step
from .jobs import REST, Job
from .log import LOSSES, Log
from .terminal import Interrupts, Progress, Report, note, progress, show


@dataclass(frozen=True)
class Shared:
    """Hold what all paintings of one call share."""

    args: Namespace
    settings: Settings
    styles: list[tuple[Image.Image, float]]
    network: Network


class Watched:
    """Iterate over a painting until it ends, fails or is interrupted; `last` and `error` tell how it ended."""

    def __init__(self, steps: Iterator[Step], interrupts: Interrupts) -> None:
        self.steps, self.interrupts = steps, interrupts
        self.last: Step | None = None
        self.error: StylizeError | None = None

    def __iter__(self) -> Iterator[Step]:
        while not self.interrupts.count:
            try:
                with self.interrupts.abortable():
                    step = next(self.steps, None)
            except KeyboardInterrupt:
                return
            except StylizeError as error:
                self.last, self.error = getattr(error, "step", self.last), error
                return
            if step is None:
                return
            self.last = step
            yield step


def share(args: Namespace, settings: Settings) -> Shared:
    """Open the styles and load the network, downloading its weights if need be. Raises StylizeError."""
    side = None if settings.reference else round(2 * settings.size * max(1.0, settings.style_scale))
    pictures = [_open(style, side) for style in args.styles]
    device = best_device(args.device)
    if not args.weights and missing_weights(settings.network):
        note(f"downloading the weights of {settings.network} once, {NETWORKS[settings.network].megabytes} MB.")
        for got, total in download(settings.network):
            show(f"{got / 1e6:.0f} of {total / 1e6:.0f} MB")
    network = load_network(settings.network, device, settings.reference, args.weights)
    return Shared(args, settings, list(zip(pictures, args.mix or (1.0,) * len(pictures), strict=True)), network)


def paint(job: Job, shared: Shared, report: Report) -> None:
    """Paint one content and save what there is. Raises StylizeError, or KeyboardInterrupt if that is nothing."""
    args, settings = shared.args, shared.settings
    images.check_writable(job.output)
    side = None if settings.reference else 2 * settings.size
    photo = _open(job.content, side)
    masks = [None if str(path) == REST else _mask(path, side, photo) for path in args.mask]
    where: dict[str, Any] = {"masks": masks} if len(masks) > 1 else {"mask": next(iter(masks), None)}
    _warn_of_memory(settings, photo, shared.network)
    lapse, line = timelapse.Timelapse(), Progress()
    with Interrupts() as interrupts, Log(args.log) as log:
        painting = Watched(stylize(photo, shared.styles, settings, **where, network=shared.network), interrupts)
        for step in painting:
            log.write(step)
            if args.timelapse:
                lapse.add(step)
            line.update(step)
        if painting.last is None:
            raise painting.error or KeyboardInterrupt
        output = _save(painting, job.output)
        if args.timelapse:
            with interrupts.abortable():
                _write_timelapse(lapse, painting.last, args.timelapse, report)
    if painting.error:
        raise painting.error
    report.done(record_of(painting.last, job, output))
    report.raise_code(130 if interrupts.count else int(output != job.output))


def _open(path: Path, side: int | None) -> Image.Image:
    """Open a picture; print what its reader noted, such as a background that was put under it. Raises StylizeError."""
    picture = images.open_picture(path, side)
    for sentence in picture.info["notes"]:
        note(f"{printable(path.name)}: {sentence}")
    return picture


def _mask(path: Path, side: int | None, photo: Image.Image) -> Image.Image:
    mask = images.open_mask(path, side)
    if abs(mask.width * photo.height / (mask.height * photo.width) - 1) > 0.02 + 1 / min(mask.size):
        note("the mask has another shape than the content, and is stretched to it.")
    return mask


def _warn_of_memory(settings: Settings, photo: Image.Image, network: Network) -> None:
    device = next(network.parameters()).device
    needed = forecast.memory_needed(settings, photo.size, fast_dtype(device))
    if needed > (free := forecast.memory_free(device)):
        note(f"this may take {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free.")


def _save(painting: Watched, wanted: Path) -> Path:
    """Save the last step and say so; returns the file, which is in another folder if the wanted one fails."""
    step = painting.last
    assert step
    show(progress(step), end="\n")
    output = written(step, wanted)
    complete = not (painting.interrupts.count or painting.error)
    done = "painted" if complete else f"stopped after {step.iteration} iterations"
    note(f"{done} in {step.seconds:.1f} s: {printable(str(output))}")
    return output


def written(step: Step, output: Path) -> Path:
    """Write the picture to `output`, or with a note to the first of some other folders. Raises StylizeError."""
    try:
        images.save(step.picture, output, step.record)
        return output
    except StylizeError as error:
        note(str(error))
        for folder in (Path.cwd, Path.home, lambda: Path(tempfile.gettempdir())):
            with contextlib.suppress(StylizeError, OSError, RuntimeError):  # there is no such folder, or it fails too
                elsewhere = folder() / f"{output.stem[:100]}-{secrets.token_hex(3)}.png"
                images.save(step.picture, elsewhere, step.record)
                return elsewhere
        raise


def _write_timelapse(lapse: timelapse.Timelapse, step: Step, path: Path, report: Report) -> None:
    """Write the time-lapse; a failure is noted, since the painting is already saved."""
    colors = pixels.from_pixels(step.photo) if step.keep_colors else None
    try:
        timelapse.write(lapse, step.picture, path, colors)
    except StylizeError as error:
        note(str(error))
        report.raise_code(2)
    except KeyboardInterrupt:
        note("the time-lapse is left out.")
        report.raise_code(130)


def record_of(step: Step, job: Job, output: Path) -> dict[str, Any]:
    """Collect what --json prints of a painting; losses that are not finite are null."""
    losses = {name: getattr(step, name) for name in LOSSES}
    return {
        "content": str(job.content),
        "output": str(output),
        "size": step.size,
        "iterations": step.iteration,
        "seconds": round(step.seconds, 3),
        **{name: loss if math.isfinite(loss) else None for name, loss in losses.items()},
        "style_losses": step.style_losses,
        "settings": asdict(step.settings),
    }
