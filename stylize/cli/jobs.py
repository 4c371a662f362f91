"""Turn flags into settings and paintings to make, and find mistakes before painting."""

import os
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import StylizeError
from ..facts import NETWORKS
from ..pictures import formats, images, timelapse
from ..settings import SPECS, Settings, known
from . import log
from .terminal import Report, note

LIVE_TERMS = tuple(name for name, spec in SPECS.items() if spec.live_only)
REST = "rest"  # --mask rest: the style goes where no other does


@dataclass(frozen=True)
class Job:
    """Name one painting to make: the content's file and the painting's."""

    content: Path
    output: Path


def _given(args: Namespace) -> dict[str, Any]:
    """Return the settings given as flags."""
    return {name: value for name in SPECS if (value := getattr(args, name)) is not None}


def settings_of(args: Namespace) -> Settings:
    """Read settings from the flags, and the rest from the picture of --settings-from. Raises StylizeError."""
    saved = known(images.read_record(args.settings_from)) if args.settings_from else {}
    return Settings(**saved | _given(args))


def jobs_of(args: Namespace, settings: Settings, report: Report) -> list[Job]:
    """List the paintings to make. Raises StylizeError where an input or an output cannot serve."""
    inputs = [p for p in (*args.styles, *mask_files(args), args.settings_from, args.weights) if p]
    if args.dask and args.workers > 1:
        raise StylizeError("--workers is for this machine and --dask for a cluster; leave one out.")
    if not os.path.isdir(args.content):
        if args.dask or args.workers > 1:
            raise StylizeError("--workers and --dask are for a folder of contents; leave them out.")
        job = _job(args)
        outputs = [job.output, *(p for p in (args.timelapse, args.log) if p)]
        _check_apart(outputs, [args.content, *inputs])
        images.check_writable(job.output)
        if args.timelapse:
            timelapse.check_writable(args.timelapse)
        if args.log:
            log.check_writable(args.log)
        return [job]
    if args.timelapse or args.log or args.mask:
        raise StylizeError("--timelapse, --log and --mask are for one content; name a picture, not a folder.")
    jobs = _jobs_in(args, settings, report)
    _check_apart([job.output for job in jobs], [*inputs, *(job.content for job in jobs)])
    return jobs


def _job(args: Namespace) -> Job:
    if args.resume:
        raise StylizeError("--resume is for a folder of contents; leave it out.")
    output = args.output or Path("out.png")
    if not os.path.isdir(output):
        return Job(args.content, output)
    if _is_picture_name(output):
        raise StylizeError("{name} is a folder although it is called like a picture; choose another name.", name=output)
    return Job(args.content, output / f"{args.content.stem}.png")


def _is_picture_name(path: Path) -> bool:
    return path.suffix.lower() in images.WRITTEN


def _jobs_in(args: Namespace, settings: Settings, report: Report) -> list[Job]:
    """List one job for each picture in the folder; report other files, and those done before, as skipped."""
    folder, out = args.content, args.output
    if out is None or (_is_picture_name(out) and not out.is_dir()):
        raise StylizeError("A folder of contents needs a folder for its paintings; name one with -o.")
    if _identity(out) == _identity(folder):
        raise StylizeError("The paintings would lie among their contents; name another folder with -o.")
    pictures, others = _listed(folder)
    for file in others:
        report.skip(file, "no picture")
    jobs = []
    for content, name in zip(pictures, _names(pictures), strict=True):
        job = Job(content, out / f"{name}.png")
        if args.resume and _is_painted(job.output, settings):
            report.skip(content, "done before")
        else:
            jobs.append(job)
    if not jobs and not report.skipped:
        raise StylizeError("There is no picture in the folder {folder}.", folder=folder)
    with _usable(out):
        out.mkdir(parents=True, exist_ok=True)
    return jobs


def _is_painted(output: Path, settings: Settings) -> bool:
    """Return whether --resume skips this file; not if its painting was stopped before all iterations."""
    if not output.is_file():
        return False
    try:
        iterations = images.read_record(output)["iterations"]
    except (StylizeError, KeyError):  # not written by stylize
        return True
    return settings.early_stop or not isinstance(iterations, int) or iterations >= settings.iterations


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Convert an OSError about a folder to a StylizeError."""
    try:
        yield
    except OSError as error:
        raise StylizeError(
            "The folder {folder} cannot be used: {reason}; name another.", folder=folder, reason=error.strerror
        ) from None


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """List the pictures in `folder` and its other files, by their endings. Raises StylizeError."""
    with _usable(folder):
        files = sorted(file for file in folder.iterdir() if not file.is_dir())
    pictures = [file for file in files if file.suffix.lower() in formats.ENDINGS and not file.name.startswith(".")]
    return pictures, sorted({*files} - {*pictures})


def _names(contents: list[Path]) -> list[str]:
    """Choose a unique name for each painting: photo for photo.jpg; photo-jpg and photo-heic if there are both.

    The names do not depend on the order of the contents, or --resume would take one's painting for another's.
    """
    stems, names = Counter(content.stem.casefold() for content in contents), list[str]()
    taken = set[str]()
    for content in contents:
        alone = stems[content.stem.casefold()] == 1
        name = content.stem if alone else content.stem + content.suffix.replace(".", "-")
        while name.casefold() in taken:  # another file is called photo-jpg
            name += "-2"
        taken.add(name.casefold())
        names.append(name)
    return names


def _check_apart(outputs: list[Path], inputs: list[Path]) -> None:
    """Raise StylizeError where an output is also an input or another output."""
    read, written = set(map(_identity, inputs)), set[object]()
    for output in outputs:
        if (identity := _identity(output)) in read:
            raise StylizeError("{name} would be written over a file that is read; choose another name.", name=output)
        if identity in written:
            raise StylizeError("{name} is to be written twice; choose another name.", name=output)
        written.add(identity)


def _identity(path: Path) -> object:
    """Return a key that is equal for two names of one file: links, other spellings."""
    try:
        found = os.stat(path)
        return found.st_dev, found.st_ino
    except OSError:  # the file does not exist yet
        return os.path.normcase(os.path.realpath(path))


def mask_files(args: Namespace) -> list[Path]:
    """List the files of --mask; the word rest names none."""
    return [path for path in args.mask if str(path) != REST]


def check_flags(args: Namespace, settings: Settings) -> None:
    """Raise StylizeError for flags that do not fit together; print settings that have no effect."""
    if args.weights and NETWORKS[settings.network].weights_file is None:
        raise StylizeError(
            "--weights does nothing for the {network} network, which comes with its own; leave it out.",
            network=settings.network,
        )
    if len(args.mask) > 1 and len(args.mask) != len(args.styles):
        raise StylizeError(
            "There are {masks} masks for {styles} styles; give one for all, or one for each.",
            masks=len(args.mask),
            styles=len(args.styles),
        )
    if len(args.mask) == 1 and not mask_files(args):
        raise StylizeError("--mask rest is for several masks; name a picture.")
    if args.mix and len(args.styles) == 1:
        raise StylizeError("--mix is for several styles; leave it out, or name another style.")
    if args.mix and len(args.mix) != len(args.styles):
        raise StylizeError(
            "--mix has {weights} weights for {styles} styles; give one for each.",
            weights=len(args.mix),
            styles=len(args.styles),
        )
    for name, reason in _without_effect(settings).items():
        if reason and name in _given(args):
            note(f"--{name.replace('_', '-')} changes nothing: {reason}.")
    terms = () if settings.reference else LIVE_TERMS
    if not _has_style_loss(settings) and not any(getattr(settings, name) for name in terms):
        note("all weights of the style are 0, so nothing of it comes over.")


def _has_style_loss(settings: Settings) -> bool:
    return bool(settings.style_weight and any(settings.style_layer_weights))


def _without_effect(settings: Settings) -> dict[str, str]:
    """Explain by name why a setting has no effect beside the others; "" where it has one."""
    stops_early = settings.early_stop and not _has_style_loss(settings)
    return {
        "seed": "only --init noise draws anything at random" if settings.init != "noise" else "",
        "content_layer": "the content weight is 0" if not settings.content_weight else "",
        "style_layer_weights": "the style weight is 0" if not settings.style_weight else "",
        "style_weight": "the weights of all style layers are 0" if not any(settings.style_layer_weights) else "",
        "early_stop": "there is no style loss, whose weight is 0" if stops_early else "",
        "strength": "the style weight is 0" if settings.reference and not settings.style_weight else "",
    } | dict.fromkeys(LIVE_TERMS, "the reference recipe has no such term" if settings.reference else "")
