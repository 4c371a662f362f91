"""What a painting will cost, said beforehand."""

import pytest
import torch

from stylize import Settings, forecast, machine
from stylize.engine.clock import FIXED_PIXELS
from stylize.engine.device import best_device
from stylize.engine.networks import load_network

from .test_clock import Machine

SHAPE = (96, 64)


@pytest.fixture(scope="module")
def lite():
    return load_network("lite", best_device())


@pytest.mark.parametrize("fixed", [2_000, FIXED_PIXELS["cpu"], 1_000_000])
@pytest.mark.parametrize("side", [64, 512, 2048])
def test_the_time_told_is_the_time_taken(side, fixed, lite, monkeypatch):
    simulated = Machine(monkeypatch, side, Settings().iterations, fixed)
    monkeypatch.setattr(forecast, "_seconds", lambda network, side: simulated.cost(side))
    forecast._paces.clear()
    told = forecast.seconds_needed(Settings(size=side), (96, 96), lite)
    started = simulated.now
    simulated.paint()
    forecast._paces.clear()
    assert told == pytest.approx(simulated.now - started, rel=0.05)


def test_an_evaluation_is_timed(lite):
    assert 0 < forecast._seconds(lite, 32) < 60


def test_time_and_memory_grow_with_the_painting(lite):
    small, large = Settings(size=256), Settings(size=1024)
    assert forecast.seconds_needed(small, SHAPE, lite) < forecast.seconds_needed(large, SHAPE, lite)
    needed = forecast.memory_needed(small, SHAPE, torch.bfloat16)
    assert needed < forecast.memory_needed(large, SHAPE, torch.bfloat16)
    assert needed < forecast.memory_needed(small, SHAPE, torch.float32)
    assert needed < forecast.memory_needed(Settings(size=256, network="vgg19"), SHAPE, torch.bfloat16)


@pytest.mark.parametrize("free", [10**7, 10**8, 10**9, 10**10])
def test_the_largest_size_fits(free):
    settings = Settings(size=2048)
    size = forecast.largest_size(settings, SHAPE, torch.bfloat16, free)
    assert 32 <= size <= 2048
    if size > 32:
        assert forecast.memory_needed(Settings(size=size), SHAPE, torch.bfloat16) <= free


def test_this_machine_has_some_memory_free():
    assert 0 < forecast.memory_free(torch.device("cpu")) < 10**13


def test_a_pace_measured_while_the_machine_was_busy_is_not_kept_for_good(lite, monkeypatch):
    cost = 10.0  # a pixel
    monkeypatch.setattr(forecast, "_seconds", lambda network, side: cost * side**2)
    forecast._paces.clear()
    assert forecast.pace(lite).each == pytest.approx(10)
    cost = 1.0
    assert forecast.pace(lite).each == pytest.approx(10)  # not at every question
    monkeypatch.setattr(forecast, "PACE_SECONDS", 0.0)
    assert forecast.pace(lite).each == pytest.approx(1)
    forecast._paces.clear()


GB = 10**9
GROUPS = {  # /proc/self/cgroup, the files under /sys/fs/cgroup, and the bytes left
    "version 2, much of it cache": (
        "0::/\n",
        {
            "memory.max": 8 * GB,
            "memory.current": 7 * GB,
            "memory.stat": f"anon 1\ninactive_file {4 * GB}\nactive_file 0",
        },
        5 * GB,
    ),
    "version 2, no limit": ("0::/\n", {"memory.max": "max", "memory.current": 7, "memory.stat": ""}, None),
    "version 2, an outer group's limit": (
        "0::/a.slice/b.service\n",
        {
            "a.slice/memory.max": 3 * GB,
            "a.slice/memory.current": GB,
            "a.slice/memory.stat": "anon 5",
            "a.slice/b.service/memory.max": "max",
            "a.slice/b.service/memory.current": GB,
            "a.slice/b.service/memory.stat": "anon 5",
        },
        2 * GB,
    ),
    "version 1, in a container": (
        "12:cpu,cpuacct:/docker/0123\n4:memory:/docker/0123\n0::/\n",
        {
            "memory/memory.limit_in_bytes": 4 * GB,
            "memory/memory.usage_in_bytes": 4 * GB,
            "memory/memory.stat": f"cache 5\ninactive_file 7\ntotal_inactive_file {GB}\ntotal_active_file {2 * GB}",
        },
        3 * GB,
    ),
    "nothing to read": ("", {}, None),
    "nonsense": ("a\nb:c\n0::/\n", {"memory.max": "x", "memory.current": "", "memory.stat": "a b c"}, None),
}


@pytest.mark.parametrize(("groups", "files", "left"), GROUPS.values(), ids=GROUPS)
def test_a_containers_limit_counts_and_its_page_cache_does_not(groups, files, left, tmp_path, monkeypatch):
    proc, root = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(groups)
    (proc / "meminfo").write_text(f"MemTotal: 9 kB\nMemAvailable: {100 * GB // 1024} kB\n")
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{content}\n")
    monkeypatch.setattr(machine, "PROC", proc)
    monkeypatch.setattr(machine, "CGROUPS", root)
    free = forecast.memory_free(torch.device("cpu")) + machine.SPARE
    assert free == pytest.approx(left or 100 * GB, rel=1e-6)
