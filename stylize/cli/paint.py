"""Painting the pictures that the command line names, and saving them."""

import argparse
import contextlib
import math
import secrets
import tempfile
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
from .jobs import Job
from .log import LOSSES, Log
from .terminal import Interrupts, Report, note, progress, show


@dataclass(frozen=True)
class Shared:
    """What is the same for all paintings of one call; read once."""

    args: argparse.Namespace
    settings: Settings
    styles: list[tuple[Image.Image, float]]
    network: Network


def shared_by_all(args: argparse.Namespace, settings: Settings) -> Shared:
    """Opens the styles and loads the network, downloading its weights if need be. Raises StylizeError."""
    side = None if settings.reference else round(2 * settings.size * max(1.0, settings.style_scale))
    pictures = [images.open_picture(style, side) for style in args.styles]
    device = best_device(args.device)
    if not args.weights and missing_weights(settings.network):
        megabytes = NETWORKS[settings.network].megabytes
        note(f"the weights of {settings.network} are downloaded once, {megabytes} MB.")
        for got, total in download(settings.network):
            show(f"{got / 1e6:.0f} of {total / 1e6:.0f} MB")
    network = load_network(settings.network, device, settings.reference, args.weights)
    return Shared(args, settings, list(zip(pictures, args.mix or (1.0,) * len(pictures), strict=True)), network)


def paint(job: Job, shared: Shared, report: Report) -> None:
    """Paint one picture and save it, also where Ctrl-C or an error ends it early. Raises StylizeError."""
    args, settings = shared.args, shared.settings
    images.check_writable(job.output)
    side = None if settings.reference else 2 * settings.size
    photo = images.open_picture(job.content, side)
    mask = _mask(args.mask, side, photo)
    _warn_of_memory(settings, photo, shared.network)
    step: Step | None = None
    failed: StylizeError | None = None
    lapse = timelapse.Timelapse()
    with Interrupts() as interrupts, Log(args.log) as log:
        try:
            interrupts.abortable = True
            for step in stylize(photo, shared.styles, settings, mask=mask, network=shared.network):
                log.write(step)
                if args.timelapse:
                    lapse.add(step)
                if interrupts.count or step.iteration % 5 == 0 or step.last:
                    show(progress(step))
                if interrupts.count:
                    break
            interrupts.abortable = False
        except StylizeError as error:
            interrupts.abortable = False
            step, failed = getattr(error, "step", step), error
        except KeyboardInterrupt:
            pass  # the newest step is saved below
        if step is None:
            raise failed or KeyboardInterrupt
        show(progress(step), end="\n")
        output = _save(step, job.output)
        done = f"stopped after {step.iteration} iterations" if interrupts.count or failed else "painted"
        note(f"{done} in {step.seconds:.1f} s: {printable(str(output))}")
        if args.timelapse:
            interrupts.abortable = True
            _write_timelapse(lapse, step, args.timelapse, report)
    if failed:
        raise failed
    report.done(_record(step, job, output))
    report.code = 130 if interrupts.count else max(report.code, int(output != job.output))


def _write_timelapse(lapse: timelapse.Timelapse, step: Step, path: Path, report: Report) -> None:
    colors = pixels.from_pixels(step.photo) if step.keep_colors else None
    try:
        timelapse.write(lapse, step.picture, path, colors)
    except StylizeError as error:
        note(str(error))
        report.code = 2
    except KeyboardInterrupt:
        note("the time-lapse is left out.")
        report.code = 130


def _mask(path: Path | None, side: int | None, photo: Image.Image) -> Image.Image | None:
    if path is None:
        return None
    mask = images.open_mask(path, side)
    if abs(mask.width * photo.height / (mask.height * photo.width) - 1) > 0.02 + 1 / min(mask.size):
        note("the mask has another shape than the content, and is stretched to it.")
    return mask


def _warn_of_memory(settings: Settings, photo: Image.Image, network: Network) -> None:
    device = next(network.parameters()).device
    needed = forecast.memory_needed(settings, photo.size, fast_dtype(device))
    if needed > (free := forecast.memory_free(device)):
        note(f"this may take {needed / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free.")


def _save(step: Step, output: Path) -> Path:
    """Save the painting; returns where: in another folder, with a note, if `output` fails. Raises StylizeError."""
    try:
        images.save(step.picture, output, step.record)
        return output
    except StylizeError as error:
        note(str(error))
        for folder in (Path.cwd, Path.home, lambda: Path(tempfile.gettempdir())):
            with contextlib.suppress(StylizeError, OSError, RuntimeError):  # no such folder, or it cannot be written to
                elsewhere = folder() / f"{output.stem[:100]}-{secrets.token_hex(3)}.png"
                images.save(step.picture, elsewhere, step.record)
                return elsewhere
        raise


def _record(step: Step, job: Job, output: Path) -> dict[str, Any]:
    """What --json prints of a painting; losses that are not finite are null."""
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
