"""Read how many CPUs and bytes of memory the machine and its control groups leave to this process."""

import os
from collections.abc import Iterator
from pathlib import Path

PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
SPARE = 500_000_000  # bytes of memory left to everything else


def usable_cpus() -> int:
    """Count the CPUs that this process may use, by its affinity and the CPU quotas of its control groups."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [quota for version, group in _groups("cpu") if (quota := _quota(version, group)) is not None]
    return max(1, round(min([cpus, *quotas])))


def memory_free() -> int:
    """Return the bytes of memory that a painting may take."""
    free = [left for version, group in _groups("memory") if (left := _memory_left(version, group)) is not None]
    try:
        lines = (PROC / "meminfo").read_text().splitlines()
        free.append(next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")))
    except (OSError, ValueError, StopIteration):
        if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
            free.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)  # macOS tells only the whole
    return max(0, min(free, default=4_000_000_000) - SPARE)


def _groups(controller: str) -> Iterator[tuple[int, Path]]:
    """Yield the control groups that this process is in (Linux), each with its interface's version, 1 or 2."""
    try:
        entries = [line.split(":", 2) for line in (PROC / "self" / "cgroup").read_text().splitlines()]
    except OSError:
        return
    for _, controllers, place in (entry for entry in entries if len(entry) == 3):
        if controllers == "":
            version, root = 2, CGROUPS
        elif controller in controllers.split(","):
            version, root = 1, CGROUPS / controller
        else:
            continue
        inner = root / place.strip("/")  # a container may see a name from outside it; then only the root is there
        yield from ((version, group) for group in (inner, *inner.parents) if root in (group, *group.parents))


def _quota(version: int, group: Path) -> float | None:
    """Read how many CPUs this group may use at a time, or None."""
    try:
        if version == 2:
            quota, period = (group / "cpu.max").read_text().split()
        else:
            quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None  # no such group, or no limit: "max"


def _memory_left(version: int, group: Path) -> int | None:
    """Read the bytes left in this group, or None. Cached files count as left: the system drops them when needed."""
    limit, usage, prefix = ("max", "current", "") if version == 2 else ("limit_in_bytes", "usage_in_bytes", "total_")
    try:
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        cache = sum(int(stat.get(prefix + name, 0)) for name in ("inactive_file", "active_file"))
        used = int((group / f"memory.{usage}").read_text()) - cache
        return int((group / f"memory.{limit}").read_text()) - max(0, used)
    except (OSError, ValueError):
        return None  # no such group, or no limit
