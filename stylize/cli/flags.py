"""The command line's flags, built from Settings."""

import argparse
import functools
from pathlib import Path
from typing import Any, NoReturn

from ..errors import printable
from ..settings import SPECS, parsed


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
    for name in SPECS:
        _add_setting(p, name)
    p.add_argument("--weights", type=Path, metavar="FILE", help="VGG-19's weights, torchvision's state dict")
    p.add_argument("--device", help="cuda, mps or cpu; default: the fastest there is")
    p.add_argument("--log", type=Path, metavar="FILE.csv", help="write the losses, one row an iteration")
    p.add_argument("--resume", action="store_true", help="in a folder: skip contents that have been painted before")
    p.add_argument("--json", action="store_true", help="print one JSON object a picture, for scripts")
    return p


def _add_setting(p: argparse.ArgumentParser, name: str) -> None:
    spec, flag = SPECS[name], "--" + name.replace("_", "-")
    if isinstance(spec.default("live"), bool):
        p.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=spec.help)
        return
    defaults = " / ".join(dict.fromkeys(_text(spec.default(recipe)) for recipe in ("live", "reference")))
    help = f"{spec.help} (default: {defaults})".replace("%", "%%")
    if spec.choices:
        p.add_argument(flag, choices=spec.choices, metavar=_metavar(spec.choices), help=help)
    else:
        p.add_argument(flag, type=functools.partial(parsed, name), metavar="N", help=help)


def _text(value: Any) -> str:
    return ",".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)


def _metavar(choices: tuple[str, ...]) -> str:
    return "{" + (",".join(choices) if len(choices) < 6 else f"{choices[0]},...,{choices[-1]}") + "}"


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("write it as numbers with commas between") from None
