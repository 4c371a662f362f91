"""Command line: python -m stylize photo.jpg painting.jpg -o out.png, its flags built from Settings."""

import argparse
import csv
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from . import pictures
from .networks import STYLE_LAYERS, best_device, cached_vgg19, download_vgg19, load_network
from .painting import NotFiniteError, Step, stylize
from .settings import SPECS, Settings, StylizeError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"stylize: {message}; see --help.\n")


def parser() -> argparse.ArgumentParser:
    """The command line's flags: one for each setting, and those about files and the machine."""
    p = _Parser(prog="stylize", description="Paint a photo in the manner of a painting.")
    p.add_argument("content", type=Path, metavar="CONTENT", help="the photo")
    p.add_argument("style", type=Path, metavar="STYLE", help="the painting")
    p.add_argument("-o", "--output", type=Path, default=Path("out.png"), metavar="OUT", help="default: %(default)s")
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
    """Run the command line; returns its exit code: 0, 1 (the run failed), 2 (bad input) or 130 (Ctrl-C)."""
    args = parser().parse_args(arguments)
    try:
        return _paint(args)
    except NotFiniteError as error:
        pictures.save(error.step.picture, args.output, args.settings)
        print(f"stylize: {error}", file=sys.stderr)
        return 1
    except StylizeError as error:
        print(f"stylize: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stylize: stopped before there was anything to save.", file=sys.stderr)
        return 130


def _paint(args: argparse.Namespace) -> int:
    args.settings = settings = Settings(**{name: getattr(args, name) for name in SPECS})
    pictures.check_writable(args.output)
    content, style = pictures.open_picture(args.content), pictures.open_picture(args.style)
    device = best_device(args.device)
    if settings.network == "vgg19" and not args.weights and not cached_vgg19():
        print("VGG-19's weights are downloaded once, 548 MB.", file=sys.stderr)
        download_vgg19(lambda done, total: _show(f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"))
    network = load_network(settings.network, device, settings.plain, args.weights)

    step: Step | None = None
    with _interruptible() as interrupted, _log(args.log) as log:
        for step in stylize(content, style, settings, network=network):
            if log and step.iteration < step.iterations:
                row = [step.iteration, max(step.size), f"{step.seconds:.3f}"]
                row += [step.content_loss, step.style_loss, step.total_loss]
                log.writerow(row + [step.style_losses.get(name, "") for name in STYLE_LAYERS])
            if interrupted or step.iteration % 5 == 0 or step.iteration == step.iterations:
                _show(_progress(step))
            if interrupted:
                break
    assert step is not None  # stylize yields at least once, or raises
    pictures.save(step.picture, args.output, settings)
    done = f"Stopped after {step.iteration} iterations" if interrupted else "Painted"
    print(f"\n{done} in {step.seconds:.1f} s: {args.output}", file=sys.stderr)
    return 130 if interrupted else 0


def _progress(step: Step) -> str:
    speed = step.iteration / step.seconds if step.seconds else 0.0
    bar = "#" * round(20 * step.iteration / step.iterations)
    text = f"[{bar:20}] {step.iteration}/{step.iterations}  {step.size[0]}x{step.size[1]} px"
    text += f"  content {step.content_loss:.4g}  style {step.style_loss:.4g}"
    if speed:
        text += f"  {speed:.1f} it/s  {(step.iterations - step.iteration) / speed:.0f} s left"
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
        raise StylizeError(f"The log {path.name} could not be written: {error.strerror}.") from None
    with file:
        writer = csv.writer(file)
        writer.writerow(["iteration", "size", "seconds", "content_loss", "style_loss", "total_loss", *STYLE_LAYERS])
        yield writer


if __name__ == "__main__":
    sys.exit(main())
