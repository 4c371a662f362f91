"""Threads: no more than cores, fewer where other programs use these, and the caller's own between iterations."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from stylize import Settings, stylize
from stylize.engine import threads
from stylize.engine.threads import Threads

ROOT = Path(__file__).parents[1]


class Machine:
    """Simulate the clock: seconds of an iteration by the number of threads."""

    def __init__(self, monkeypatch, cost):
        self.now, self.cost = 100.0, cost
        monkeypatch.setattr(threads.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(threads.torch, "set_num_threads", lambda _: None)
        monkeypatch.setattr(threads.torch, "get_num_threads", lambda: max(cost))
        monkeypatch.setattr(threads, "usable_cpus", lambda: max(cost))
        self.threads = Threads(torch.device("cpu"))

    def paint(self, iterations):
        """Return the numbers of threads that these iterations had."""
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


def test_the_first_iteration_of_a_size_which_takes_longer_decides_nothing(monkeypatch):
    machine = Machine(monkeypatch, {2: 1.0, 1: 1.7})
    for _ in range(5):
        machine.paint(20)
        machine.threads.restart()
        machine.cost = {2: 50.0, 1: 50.0}
        machine.paint(1)
        machine.cost = {2: 2.0, 1: 3.4}
        assert machine.threads.chosen == 0


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


def test_a_thread_that_begins_meanwhile_does_not_inherit_an_iterations_number(set_threads, monkeypatch):
    monkeypatch.setattr(threads, "usable_cpus", lambda: 2)
    set_threads(2)
    one, inner = Threads(torch.device("cpu")), []
    one.chosen = 1  # one thread

    def another():
        other = Threads(torch.device("cpu"))
        with other.using():
            inner.append((other.most, torch.get_num_threads()))
        inner.append(torch.get_num_threads())

    for _ in range(2):
        with one.using():
            assert torch.get_num_threads() == 1
            thread = threading.Thread(target=another)
            thread.start()
            thread.join()
        assert torch.get_num_threads() == 2
    assert inner == [(2, 1), 2] * 2


def test_the_callers_number_holds_between_iterations_and_afterwards(photo, painting, set_threads):
    set_threads(2)
    for _ in stylize(photo, painting, Settings(size=32, iterations=2)):
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 2


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_goes_on_with_a_painting_and_begins_another():
    code = """
import os, torch
from PIL import Image
from stylize import Settings, stylize
picture = Image.effect_noise((64, 64), 80).convert("RGB")
def start():
    return stylize(picture, picture, Settings(size=32, iterations=4))
torch.set_num_threads(2)
run = start()
for _ in range(3):
    next(run)
if os.fork() == 0:
    os._exit(10 * len(list(run)) + len(list(start())))
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    environment = os.environ | {"OMP_NUM_THREADS": "2"}
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.communicate(timeout=120)[0] == b"25\n"  # 2 steps and 5
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # the child too, which would wait for good
