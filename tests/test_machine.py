"""What a container's control groups leave to this process: CPUs and memory."""

import pytest
import torch

from stylize import forecast, machine
from stylize.engine import threads

GB = 10**9
IN_CONTAINER = "12:cpu,cpuacct:/docker/0123\n4:memory:/docker/0123\n0::/\n"
CPUS = {  # /proc/self/cgroup, the files under /sys/fs/cgroup, and the CPUs that they leave of 16
    "version 2": ("0::/\n", {"cpu.max": "200000 100000"}, 2),
    "version 2, no limit": ("0::/\n", {"cpu.max": "max 100000"}, 16),
    "version 2, half a CPU": ("0::/\n", {"cpu.max": "50000 100000"}, 1),
    "version 2, an outer group's limit": (
        "0::/a/b.service\n", {"a/cpu.max": "300000 100000", "a/b.service/cpu.max": "max 100000"}, 3),
    "version 1, in a container": (
        IN_CONTAINER, {"cpu/cpu.cfs_quota_us": 150000, "cpu/cpu.cfs_period_us": 100000}, 2),
    "version 1, no limit": ("12:cpu:/\n", {"cpu/cpu.cfs_quota_us": -1, "cpu/cpu.cfs_period_us": 100000}, 16),
    "nothing to read": ("", {}, 16),
    "nonsense": ("a\nb:c\n0::/\n", {"cpu.max": "many"}, 16),
}  # fmt: skip
MEMORY = {  # likewise; the bytes left, of 100 GB
    "version 2, much of it cache": (
        "0::/\n", {"memory.max": 8 * GB, "memory.current": 7 * GB,
                   "memory.stat": f"anon 1\ninactive_file {4 * GB}\nactive_file 0"}, 5 * GB),
    "version 2, no limit": ("0::/\n", {"memory.max": "max", "memory.current": 7, "memory.stat": ""}, 100 * GB),
    "version 2, an outer group's limit": (
        "0::/a/b.service\n", {"a/memory.max": 3 * GB, "a/memory.current": GB, "a/memory.stat": "anon 5",
                              "a/b.service/memory.max": "max", "a/b.service/memory.current": GB,
                              "a/b.service/memory.stat": "anon 5"}, 2 * GB),
    "version 1, in a container": (
        IN_CONTAINER, {"memory/memory.limit_in_bytes": 4 * GB, "memory/memory.usage_in_bytes": 4 * GB,
                       "memory/memory.stat": f"inactive_file 7\ntotal_inactive_file {GB}\ntotal_active_file {2 * GB}"},
        3 * GB),
    "nothing to read": ("", {}, 100 * GB),
    "nonsense": ("a\nb:c\n0::/\n", {"memory.max": "x", "memory.current": "", "memory.stat": "a b c"}, 100 * GB),
}  # fmt: skip


@pytest.fixture
def set_up(tmp_path, monkeypatch):
    """Simulate a machine of 16 CPUs and 100 GB, with these control groups."""

    def set_up(groups, files):
        proc, root = tmp_path / "proc", tmp_path / "cgroup"
        (proc / "self").mkdir(parents=True)
        (proc / "self" / "cgroup").write_text(groups)
        (proc / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable: {100 * GB // 1024} kB\n")
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(f"{content}\n")
        monkeypatch.setattr(machine, "PROC", proc)
        monkeypatch.setattr(machine, "CGROUPS", root)
        monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set(range(16)), raising=False)

    return set_up


@pytest.mark.parametrize(("groups", "files", "cpus"), CPUS.values(), ids=CPUS)
def test_no_more_threads_than_a_containers_quota(groups, files, cpus, set_up, monkeypatch):
    set_up(groups, files)
    monkeypatch.setattr(threads.torch, "get_num_threads", lambda: 64)
    assert machine.usable_cpus() == cpus
    assert max(threads.Threads(torch.device("cpu")).counts) == cpus


@pytest.mark.parametrize(("groups", "files", "left"), MEMORY.values(), ids=MEMORY)
def test_a_containers_limit_counts_and_its_page_cache_does_not(groups, files, left, set_up):
    set_up(groups, files)
    assert forecast.memory_free(torch.device("cpu")) + machine.SPARE == pytest.approx(left, rel=1e-6)
