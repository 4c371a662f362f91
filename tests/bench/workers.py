"""Measures photos a minute, by workers and by the page's threads: python -m tests.bench.workers [--photos 6].

Nothing else should run beside it; the load is printed. Seconds of processors are told too: they change less with load.
"""

import argparse
import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stylize import Settings, Workers, configure_process, paint_many, stylize
from stylize.machine import usable_cpus
from stylize.pictures import images

from ..conftest import EXAMPLES


def measure(files: list[Path], size: int, count: int) -> tuple[float, float]:
    """Photos a minute and processor seconds a photo of `count` workers that have begun already."""
    style = images.open_picture(EXAMPLES / "style_night.jpg", 2 * size)
    with Workers(count) as workers:
        warm = list(paint_many(files[:count], style, Settings(size=64, iterations=3), executor=workers, at_once=count))
        pids = list(workers.pids)
        begun, started = sum(map(_cpu_seconds, pids)), time.monotonic()
        done = list(paint_many(files, style, Settings(size=size), executor=workers, at_once=count))
        taken, used = time.monotonic() - started, sum(map(_cpu_seconds, pids)) - begun
    failed = [one.error for one in (*warm, *done) if one.error]
    assert not failed, failed
    return 60 * len(files) / taken, used / len(files)


def measure_here(files: list[Path], size: int, count: int) -> float:
    """Photos a minute of `count` paintings at a time in this process, which share its cores, as on the page."""
    style = images.open_picture(EXAMPLES / "style_night.jpg", 2 * size)

    def paint(file: Path) -> None:
        for _ in stylize(images.open_picture(file, 2 * size), style, Settings(size=size)):
            pass

    with ThreadPoolExecutor(count) as pool:
        started = time.monotonic()
        list(pool.map(paint, files))
        return 60 * len(files) / (time.monotonic() - started)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.workers", description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=int, default=6)
    parser.add_argument("--size", type=int, action="append", help="px; may be repeated (default: 256 and 512)")
    args = parser.parse_args()
    configure_process()
    cpus, examples = usable_cpus(), sorted(EXAMPLES.glob("content_*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number}.jpg") for number in range(args.photos)]
        for number, file in enumerate(files):
            shutil.copy(examples[number % len(examples)], file)
        for size in args.size or (256, 512):
            for count in (1, cpus):
                rate, used = measure(files, size, count)
                load = f"load {os.getloadavg()[0]:.1f} of {cpus}"
                what = f"{size} px, {count} x {max(1, cpus // count)} threads"
                print(f"{what:36} {rate:5.1f} photos a minute, {used:5.1f} processor seconds each; {load}", flush=True)
            for count in (1, cpus):
                what = f"{size} px, {count} at a time in one process"
                print(f"{what:36} {measure_here(files, size, count):5.1f} photos a minute", flush=True)


if __name__ == "__main__":
    main()
