"""Command line: python -m stylize photo.jpg painting.jpg -o out.png, its flags built from Settings."""

import argparse
import csv
import json
import math
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image

from . import images, resources, timelapse
from .device import best_device
from .errors import StylizeError
from .networks import NETWORKS, STYLE_LAYERS, load_network, missing_weights
from .run import stylize
from .settings import SPECS, Settings
from .step import NotFiniteError, Step
from .weights import download


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"stylize: {message}; see --help.\n")


def parser() -> argparse.ArgumentParser:
    """The command line's flags: one for each setting, and those about files and the machine."""
    p = _Parser(prog="stylize", description="Paint a photo in the manner of a painting.")
    p.add_argument("content", type=Path, metavar="CONTENT", help="the photo, or a folder of them (then OUT is one too)")
    p.add_argument("styles", type=Path, metavar="STYLE", nargs="+", help="the painting; several are mixed")
    p.add_argument("-o", "--output", type=Path, default=Path("out.png"), metavar="OUT", help="default: %(default)s")
    p.add_argument("--mix", type=_parse_as(tuple), metavar="N,N", help="weights of several styles; equal unless told")
    p.add_argument("--mask", type=Path, metavar="FILE", help="where the style goes: white is painted, black stays")
    p.add_argument("--settings-from", type=Path, metavar="FILE", help="settings of a picture saved before; flags win")
    p.add_argument("--timelapse", type=Path, metavar="FILE", help="also a video of it growing: .mp4, .webp or .gif")
    for name, spec in SPECS.items():
        default = spec["default"]
        told = " / ".join(dict.fromkeys(_text(v) for v in (default["live"], default["reference"])))
        told = f"{spec['help']} (default: {told})".replace("%", "%%")
        flag = "--" + name.replace("_", "-")
        if default["live"] is False:
            p.add_argument(flag, action="store_true", default=None, help=spec["help"])
        elif spec["choices"]:
            p.add_argument(flag, choices=spec["choices"], metavar=_metavar(spec["choices"]), help=told)
        else:
            p.add_argument(flag, type=_parse_as(type(default["live"])), metavar="N", help=told)
    p.add_argument("--weights", type=Path, metavar="FILE", help="VGG-19's weights, torchvision's state dict")
    p.add_argument("--device", help="cuda, mps or cpu; the fastest there is unless told")
    p.add_argument("--log", type=Path, metavar="FILE.csv", help="write the losses, one row an iteration")
    p.add_argument("--json", action="store_true", help="print one JSON object a picture, for scripts")
    return p


def _text(value: Any) -> str:
    return ",".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)


def _metavar(choices: tuple[str, ...]) -> str:
    return "{" + (",".join(choices) if len(choices) < 6 else f"{choices[0]},...,{choices[-1]}") + "}"


def _parse_as(kind: type) -> Any:
    def number(text: str) -> Any:
        if kind is tuple:
            return tuple(float(part) for part in text.split(","))
        value = float(text)
        return int(value) if kind is int and value.is_integer() else value  # Settings refuses what is left

    number.__name__ = "list of numbers" if kind is tuple else "number"  # argparse's word in its error
    return number


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns its exit code: 0, 1 (a run failed), 2 (bad input) or 130 (Ctrl-C)."""
    args = parser().parse_args(arguments)
    try:
        jobs = _jobs(args)
        if args.content.is_dir():
            return _paint_all(args, jobs)
        return _paint(args, *jobs[0])
    except StylizeError as error:
        return _fail(args, args.content, error)
    except KeyboardInterrupt:
        print("stylize: stopped before there was anything to save.", file=sys.stderr)
        return 130


def _fail(args: argparse.Namespace, content: Path, error: StylizeError) -> int:
    print(f"stylize: {error}", file=sys.stderr)
    if args.json:
        print(json.dumps({"content": str(content), "error": str(error)}))
    return 1 if isinstance(error, NotFiniteError) else 2


def _jobs(args: argparse.Namespace) -> list[tuple[Path, Path]]:
    """(content, output) of every painting to make. What can be refused before the first is refused here."""
    given: dict[str, Any] = {name: value for name in SPECS if (value := getattr(args, name)) is not None}
    args.settings = Settings(**(images.read_settings(args.settings_from) if args.settings_from else {}) | given)
    args.mix = args.mix or (1.0,) * len(args.styles)
    if len(args.mix) != len(args.styles):
        raise StylizeError(
            "--mix has {weights} weights for {styles} styles; give one for each.",
            weights=len(args.mix),
            styles=len(args.styles),
        )
    if args.timelapse:
        timelapse.check_writable(args.timelapse)
    if not args.content.is_dir():
        images.check_writable(args.output)
        return [(args.content, args.output)]
    if args.timelapse or args.log or args.mask:
        raise StylizeError("--timelapse, --log and --mask are for one content; name a picture, not a folder.")
    endings = Image.registered_extensions()
    contents = sorted(f for f in args.content.iterdir() if f.is_file() and f.suffix.lower() in endings)
    if not contents:
        raise StylizeError("There is no picture in the folder {folder}.", folder=args.content)
    if args.output.suffix and not args.output.is_dir():
        raise StylizeError(
            "A folder of contents needs a folder for its paintings; {name} names a file.", name=args.output
        )
    try:
        args.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StylizeError(
            "The folder {folder} could not be made: {reason}.", folder=args.output, reason=error.strerror
        ) from None
    return [(content, args.output / f"{content.name}.png") for content in contents]


def _paint_all(args: argparse.Namespace, jobs: list[tuple[Path, Path]]) -> int:
    """One after the other; a picture that fails is told and passed over."""
    worst = 0
    for content, output in jobs:
        try:
            code = _paint(args, content, output)
        except StylizeError as error:
            code = _fail(args, content, error)
        if code == 130:
            return code
        worst = max(worst, code)
    return worst


def _paint(args: argparse.Namespace, content: Path, output: Path) -> int:
    settings: Settings = args.settings
    photo = images.open_picture(content)
    styles = [(images.open_picture(s), weight) for s, weight in zip(args.styles, args.mix, strict=True)]
    mask = images.open_mask(args.mask) if args.mask else None
    device = best_device(args.device)
    if not args.weights and (url := missing_weights(settings.network)):
        megabytes = NETWORKS[settings.network].weights_megabytes
        print(f"The weights of {settings.network} are downloaded once, {megabytes} MB.", file=sys.stderr)
        for got, total in download(url):
            _show(f"{got / 1e6:.0f} of {total / 1e6:.0f} MB")
    network = load_network(settings.network, device, settings.reference, args.weights)

    step: Step | None = None
    lapse = timelapse.Timelapse() if args.timelapse else None
    failed: NotFiniteError | None = None
    with _interruptible() as interrupted, _log(args.log) as log:
        try:
            for step in stylize(photo, styles, settings, mask=mask, network=network):
                if log and not step.last:
                    row = [step.iteration, max(step.size), f"{step.seconds:.3f}"]
                    row += [step.content_loss, step.style_loss, step.total_loss]
                    log.writerow(row + [step.style_losses.get(name, "") for name in STYLE_LAYERS])
                if lapse is not None:
                    lapse.add(step)
                if interrupted or step.iteration % 5 == 0 or step.last:
                    _show(_progress(step))
                if interrupted:
                    break
        except NotFiniteError as error:
            step, failed = error.step, error
    assert step is not None  # stylize yields at least once, or raises
    images.save(step.picture, output, step.record)
    if lapse is not None:
        timelapse.write([*lapse.frames(), step.picture], args.timelapse)
    if failed:
        raise failed
    done = f"Stopped after {step.iteration} iterations" if interrupted else "Painted"
    print(f"\n{done} in {step.seconds:.1f} s: {output}", file=sys.stderr)
    if args.json:
        print(json.dumps(_record(step, content, output, settings)))
    return 130 if interrupted else 0


def _record(step: Step, content: Path, output: Path, settings: Settings) -> dict[str, Any]:
    losses = {name: getattr(step, name) for name in ("content_loss", "style_loss", "total_loss")}
    return {
        "content": str(content),
        "output": str(output),
        "size": step.size,
        "iterations": step.iteration,
        "seconds": round(step.seconds, 3),
        **{name: loss if math.isfinite(loss) else None for name, loss in losses.items()},
        "style_losses": step.style_losses,
        "settings": asdict(settings),
    }


def _progress(step: Step) -> str:
    bar = "#" * round(20 * step.iteration / step.iterations)
    text = f"[{bar:20}] {step.iteration}/{step.iterations}  {step.size[0]}x{step.size[1]} px"
    text += f"  content {step.content_loss:.4g}  style {step.style_loss:.4g}"
    if (left := resources.seconds_left(step)) is not None:
        text += f"  {step.speed:.1f} it/s  {left:.0f} s left"
    return text


def _show(text: str) -> None:
    """Rewrite the one line of progress, on a terminal; elsewhere it would only fill a log."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


@contextmanager
def _interruptible() -> Iterator[list[bool]]:
    """A list that Ctrl-C fills, so that the run ends between two iterations; a second Ctrl-C ends it at once."""
    pressed: list[bool] = []

    def press(signum: int, frame: object) -> None:
        pressed.append(True)
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _log(path: Path | None) -> Iterator[Any]:
    """A CSV writer with its header written, or None."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", newline="")
    except OSError as error:
        raise StylizeError(
            "The log {name} could not be written: {reason}.", name=path.name, reason=error.strerror
        ) from None
    with file:
        writer = csv.writer(file)
        writer.writerow(["iteration", "size", "seconds", "content_loss", "style_loss", "total_loss", *STYLE_LAYERS])
        yield writer


if __name__ == "__main__":
    sys.exit(main())
