"""Command line: python -m stylize photo.jpg painting.jpg -o out.png, its flags built from Settings."""

import argparse
import contextlib
import functools
import math
import os
import secrets
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image

from .. import forecast
from ..engine.device import best_device, fast_dtype
from ..engine.networks import NETWORKS, Network, load_network, missing_weights
from ..engine.run import stylize
from ..engine.weights import download
from ..errors import StylizeError, printable
from ..pictures import images, pixels, timelapse
from ..settings import SPECS, Settings, parsed
from ..step import Step
from .jobs import Job, check_flags, jobs_of, settings_of
from .log import LOSSES, Log
from .terminal import Interrupts, Report, note, progress, show


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"stylize: {printable(message)}; see --help.\n")


def parser() -> argparse.ArgumentParser:
    """The command line's flags: one for each setting, and those about files and the machine."""
    p = _Parser(prog="stylize", description="Paint a photo in the manner of a painting.")
    p.add_argument("content", type=Path, metavar="CONTENT", help="the photo, or a folder of them (then OUT is one too)")
    p.add_argument("styles", type=Path, metavar="STYLE", nargs="+", help="the painting; several are mixed")
    p.add_argument("-o", "--output", type=Path, metavar="OUT", help="default: out.png; a folder for a folder")
    p.add_argument("--mix", type=_numbers, metavar="N,N", help="weights of several styles; default: equal")
    p.add_argument("--mask", type=Path, metavar="FILE", help="where the style goes: white is painted, black stays")
    p.add_argument("--settings-from", type=Path, metavar="FILE", help="settings of a picture saved before; flags win")
    p.add_argument("--timelapse", type=Path, metavar="FILE", help="also a video of it growing: .mp4, .webp or .gif")
    for name, spec in SPECS.items():
        default = spec["default"]
        defaults = " / ".join(dict.fromkeys(_text(v) for v in (default["live"], default["reference"])))
        help = f"{spec['help']} (default: {defaults})".replace("%", "%%")
        flag = "--" + name.replace("_", "-")
        if default["live"] is False:
            p.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=spec["help"])
        elif spec["choices"]:
            p.add_argument(flag, choices=spec["choices"], metavar=_metavar(spec["choices"]), help=help)
        else:
            p.add_argument(flag, type=functools.partial(parsed, name), metavar="N", help=help)
    p.add_argument("--weights", type=Path, metavar="FILE", help="VGG-19's weights, torchvision's state dict")
    p.add_argument("--device", help="cuda, mps or cpu; default: the fastest there is")
    p.add_argument("--log", type=Path, metavar="FILE.csv", help="write the losses, one row an iteration")
    p.add_argument("--resume", action="store_true", help="in a folder: skip contents that have been painted before")
    p.add_argument("--json", action="store_true", help="print one JSON object a picture, for scripts")
    return p


def _text(value: Any) -> str:
    return ",".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)


def _metavar(choices: tuple[str, ...]) -> str:
    return "{" + (",".join(choices) if len(choices) < 6 else f"{choices[0]},...,{choices[-1]}") + "}"


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("write it as numbers with commas between") from None


@dataclass(frozen=True)
class Shared:
    """What is the same for all paintings of one call; read once."""

    args: argparse.Namespace
    settings: Settings
    styles: list[tuple[Image.Image, float]]
    network: Network


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns its exit code: 0, 1 (a painting failed), 2 (bad input) or 130 (Ctrl-C)."""
    args = parser().parse_args(arguments)
    report = Report(args.json)
    try:
        settings = settings_of(args)
        check_flags(args, settings, NETWORKS[settings.network].needs_weights())
        jobs = jobs_of(args, report)
        shared = _shared(args, settings)
        for job in jobs:
            try:
                _paint(job, shared, report)
            except StylizeError as error:
                report.fail(job.content, error)
            if report.code == 130:
                break
        if os.path.isdir(args.content):
            report.sum_up()
    except StylizeError as error:
        report.fail(args.content, error)
    except KeyboardInterrupt:
        if report.painted:
            report.sum_up()
        else:
            note("stopped before there was anything to save.")
        return 130
    except OSError as error:  # stdout is a closed pipe, or on a full disk
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (Python flushes stdout when it exits)
        note(f"what was printed could not be written: {error.strerror}.")
        return 1
    return report.code


def _shared(args: argparse.Namespace, settings: Settings) -> Shared:
    """Opens the styles and loads the network, downloading its weights if need be. Raises StylizeError."""
    side = None if settings.reference else round(2 * settings.size * max(1.0, settings.style_scale))
    pictures = [_open(style, side) for style in args.styles]
    device = best_device(args.device)
    if not args.weights and (url := missing_weights(settings.network)):
        megabytes = NETWORKS[settings.network].weights_megabytes
        note(f"the weights of {settings.network} are downloaded once, {megabytes} MB.")
        for got, total in download(url):
            show(f"{got / 1e6:.0f} of {total / 1e6:.0f} MB")
    network = load_network(settings.network, device, settings.reference, args.weights)
    return Shared(args, settings, list(zip(pictures, args.mix or (1.0,) * len(pictures), strict=True)), network)


def _open(path: Path, side: int | None) -> Image.Image:
    """Open a picture, and print what its reader noted, such as a background. Raises StylizeError."""
    picture = images.open_picture(path, side)
    for sentence in picture.info["notes"]:
        note(str(sentence))
    return picture


def _paint(job: Job, shared: Shared, report: Report) -> None:
    """Paint one picture and save it, also where Ctrl-C or an error ends it early. Raises StylizeError."""
    args, settings = shared.args, shared.settings
    images.check_writable(job.output)
    side = None if settings.reference else 2 * settings.size
    photo = _open(job.content, side)
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
