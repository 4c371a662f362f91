"""Threads: no more than cores, fewer where other programs use these, and the caller's own between iterations."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from stylize import Settings, machine, stylize
from stylize.engine import threads
from stylize.engine.threads import Threads, choices


@pytest.mark.parametrize(
    ("most", "want"), [(1, [1]), (2, [2, 1]), (4, [4, 3, 2, 1]), (8, [8, 7, 4, 2, 1]), (16, [16, 15, 8, 4, 2, 1])]
)
def test_the_choices_go_down_to_one(most, want):
    assert choices(most) == want


class Machine:
    """Stands in for the clock: seconds of an iteration by the number of threads."""

    def __init__(self, monkeypatch, cost):
        self.now, self.cost = 100.0, cost
        monkeypatch.setattr(threads.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(threads.torch, "set_num_threads", lambda _: None)
        monkeypatch.setattr(threads.torch, "get_num_threads", lambda: max(cost))
        monkeypatch.setattr(threads, "usable_cpus", lambda: max(cost))
        self.threads = Threads(torch.device("cpu"))

    def paint(self, iterations):
        """The numbers of threads that these iterations had."""
        used = []
        for _ in range(iterations):
            with self.threads.using():
                used.append(self.threads.count)
                self.now += self.cost[used[-1]]
        return used


def test_all_threads_paint_where_the_cores_are_free(monkeypatch):
    assert Machine(monkeypatch, {2: 1.0, 1: 1.7}).paint(300).count(2) > 285


def test_one_paints_while_something_else_runs_and_all_again_afterwards(monkeypatch):
    machine = Machine(monkeypatch, {2: 1.0, 1: 1.7})
    machine.paint(30)
    machine.cost = {2: 3.0, 1: 1.7}
    machine.paint(10)
    assert machine.paint(100).count(2) < 10
    machine.cost = {2: 1.0, 1: 1.7}
    machine.paint(threads.LATEST + 3)
    assert machine.paint(100).count(2) > 90


def test_halves_are_tried_too(monkeypatch):
    machine = Machine(monkeypatch, {16: 2.4, 15: 2.1, 8: 1.6, 4: 1.2, 2: 1.0, 1: 1.7})
    machine.paint(200)
    assert machine.paint(100).count(2) > 90


def test_the_first_iteration_of_a_size_which_takes_longer_decides_nothing(monkeypatch):
    machine = Machine(monkeypatch, {2: 1.0, 1: 1.7})
    for _ in range(5):
        machine.paint(20)
        machine.threads.restart()
        machine.cost = {2: 50.0, 1: 50.0}
        machine.paint(1)
        machine.cost = {2: 2.0, 1: 3.4}
        assert machine.threads.chosen == 0


def test_a_gpu_has_nothing_to_choose():
    assert Threads(torch.device("meta")).counts == []


def test_paintings_at_the_same_time_share_the_cores(monkeypatch):
    machine = Machine(monkeypatch, {8: 1.0, 4: 1.0, 2: 1.0, 1: 1.0})
    one, other = machine.threads, Threads(torch.device("cpu"))
    with one.using():
        assert one.count == 8
        with other.using():
            assert other.count == 4
    machine.now += threads.IDLE_SECONDS / 2
    with one.using():
        assert one.count == 4
    machine.now += threads.IDLE_SECONDS * 2  # the other is paused
    with one.using():
        assert one.count == 8


def test_a_thread_that_begins_meanwhile_does_not_inherit_an_iterations_number(monkeypatch):
    before, inner = torch.get_num_threads(), []
    monkeypatch.setattr(threads, "usable_cpus", lambda: 2)
    try:
        torch.set_num_threads(2)
        one = Threads(torch.device("cpu"))
        one.chosen = 1  # one thread
        for _ in range(2):

            def another():
                other = Threads(torch.device("cpu"))
                with other.using():
                    inner.append((other.most, torch.get_num_threads()))
                inner.append(torch.get_num_threads())

            with one.using():
                assert torch.get_num_threads() == 1
                thread = threading.Thread(target=another)
                thread.start()
                thread.join()
            assert torch.get_num_threads() == 2
        assert inner == [(2, 1), 2] * 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("count", [1, 2])
def test_the_callers_number_holds_between_iterations_and_afterwards(count, photo, painting):
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(count)
        run = stylize(photo, painting, Settings(size=32, iterations=8))
        for _ in run:
            assert torch.get_num_threads() == count
        assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(before)


GROUPS = {  # /proc/self/cgroup, the files under /sys/fs/cgroup, and the CPUs that they leave of 16
    "version 2": ("0::/\n", {"cpu.max": "200000 100000"}, 2),
    "version 2, no limit": ("0::/\n", {"cpu.max": "max 100000"}, 16),
    "version 2, half a CPU": ("0::/\n", {"cpu.max": "50000 100000"}, 1),
    "version 2, an outer group's limit": (
        "0::/a.slice/b.service\n",
        {"a.slice/cpu.max": "300000 100000", "a.slice/b.service/cpu.max": "max 100000"},
        3,
    ),
    "version 1, in a container": (
        "12:cpu,cpuacct:/docker/0123\n4:memory:/docker/0123\n0::/\n",
        {"cpu/cpu.cfs_quota_us": 150000, "cpu/cpu.cfs_period_us": 100000},
        2,
    ),
    "version 1, no limit": ("12:cpu:/\n", {"cpu/cpu.cfs_quota_us": -1, "cpu/cpu.cfs_period_us": 100000}, 16),
    "nothing to read": ("", {}, 16),
    "nonsense": ("a\nb:c\n0::/\n", {"cpu.max": "many"}, 16),
}


@pytest.mark.parametrize(("groups", "files", "cpus"), GROUPS.values(), ids=GROUPS)
def test_no_more_threads_than_a_containers_quota(groups, files, cpus, tmp_path, monkeypatch):
    proc, root = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(groups)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{content}\n")
    monkeypatch.setattr(machine, "PROC", proc)
    monkeypatch.setattr(machine, "CGROUPS", root)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(threads.torch, "get_num_threads", lambda: 64)
    assert machine.usable_cpus() == cpus
    assert max(Threads(torch.device("cpu")).counts) == cpus


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("begun", [True, False], ids=["the painting goes on", "another begins"])
def test_a_forked_process_paints(begun):
    code = """
import os, sys, torch
from PIL import Image
from stylize import Settings, stylize
picture = Image.effect_noise((64, 64), 80).convert("RGB")
def start():
    return stylize(picture, picture, Settings(size=64, iterations=8))
torch.set_num_threads(2)
run = start()
for _ in range(3):
    next(run)
if os.fork() == 0:
    os._exit(len(list(run if sys.argv[1] == "True" else start())))
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    command = [sys.executable, "-c", code, str(begun)]
    environment = os.environ | {"OMP_NUM_THREADS": "2"}
    process = subprocess.Popen(
        command, cwd=Path(__file__).parents[1], env=environment, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.communicate(timeout=120)[0] == (b"6\n" if begun else b"9\n")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # the child too, which would wait for good
