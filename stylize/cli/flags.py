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
    """Build the parser: a flag for each setting, and those about files and the machine."""
    p = _Parser(
        prog="stylize",
        description="Paint a photo in the manner of a painting.",
        epilog="Of two defaults the first is the live recipe's, the second the reference recipe's.",
    )
    p.add_argument("content", type=_path, metavar="CONTENT", help="the photo, or a folder of photos")
    p.add_argument("styles", type=_path, metavar="STYLE", nargs="+", help="the painting; several are mixed")
    p.add_argument("-o", "--output", type=_path, metavar="OUT", help="file to write, or folder (default: out.png)")
    p.add_argument("--mix", type=_numbers, metavar="N,N", help="weights of several styles (default: equal)")
    p.add_argument(
        "--mask",
        type=_path,
        metavar="FILE",
        action="append",
        default=[],
        help="picture: white parts are painted, black parts stay; one for each style: each goes where its own is "
        "white (rest: where no other does)",
    )
    p.add_argument("--settings-from", type=_path, metavar="FILE", help="use a painting's settings; flags override them")
    p.add_argument("--timelapse", type=_path, metavar="FILE", help="also write a video: .mp4, .webp or .gif")
    for name in SPECS:
        _add_setting(p, name)
    p.add_argument("--weights", type=_path, metavar="FILE", help="torchvision's weights of VGG-19, already downloaded")
    p.add_argument("--device", metavar="{cpu,cuda,mps}", help="where to paint (default: the fastest there is)")
    p.add_argument("--log", type=_path, metavar="FILE.csv", help="write the losses, one row an iteration")
    p.add_argument("--resume", action="store_true", help="of a folder, skip photos that are painted already")
    p.add_argument("--workers", type=_count, metavar="N", default=1, help="paint N photos of a folder at a time")
    p.add_argument(
        "--dask", type=str, metavar="tcp://HOST:PORT", help="paint a folder on the workers of a dask cluster"
    )
    p.add_argument("--json", action="store_true", help="print a JSON object for each picture, for scripts")
    return p


def _add_setting(p: argparse.ArgumentParser, name: str) -> None:
    spec, flag = SPECS[name], "--" + name.replace("_", "-")
    default = spec.default("live")
    if isinstance(default, bool):
        p.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=spec.help)
        return
    defaults = " / ".join(dict.fromkeys(_text(spec.default(recipe)) for recipe in ("live", "reference")))
    help = f"{spec.help} (default: {defaults})".replace("%", "%%")
    if spec.choices:
        p.add_argument(flag, choices=spec.choices, metavar=_metavar(spec.choices), help=help)
    else:
        metavar = ",".join("N" * len(default)) if isinstance(default, tuple) else "N"
        p.add_argument(flag, type=functools.partial(parsed, name), metavar=metavar, help=help)


def _text(value: Any) -> str:
    return ",".join(f"{v:g}" for v in value) if isinstance(value, tuple) else str(value)


def _metavar(choices: tuple[str, ...]) -> str:
    return "{" + (",".join(choices) if len(choices) < 6 else f"{choices[0]},...,{choices[-1]}") + "}"


def _path(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("the name is empty")
    if "://" in text:
        raise argparse.ArgumentTypeError("addresses are not fetched; download the file and name it")
    return Path(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1024:
        raise argparse.ArgumentTypeError("write a number from 1 to 1024")
    return int(text)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("write it as numbers with commas between") from None
