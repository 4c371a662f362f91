"""Threads: fewer where other programs have the cores, all where they are free, the caller's own between iterations."""

import pytest
import torch

from stylize import Settings, stylize
from stylize.engine import threads
from stylize.engine.threads import Threads, choices


@pytest.mark.parametrize(
    ("most", "want"), [(1, [1]), (2, [2, 1]), (4, [4, 3, 1]), (8, [8, 7, 3, 1]), (16, [16, 15, 7, 3, 1])]
)
def test_the_choices_go_down_to_one(most, want):
    assert choices(most) == want


class Machine:
    """A machine of two cores by a clock of its own: seconds of an iteration by the number of threads."""

    def __init__(self, monkeypatch):
        self.now, self.cost, self.used = 100.0, {2: 1.0, 1: 1.7}, []
        monkeypatch.setattr(threads.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(threads.torch, "get_num_threads", lambda: 2)
        self.threads = Threads(torch.device("cpu"))

    def paint(self, iterations):
        """How many of the iterations had two threads."""
        used = []
        for _ in range(iterations):
            used.append(self.threads.count)
            self.now += self.cost[used[-1]] / 10
            self.threads.took(self.cost[used[-1]])
        return used.count(2)


def test_all_threads_paint_where_the_cores_are_free(monkeypatch):
    assert Machine(monkeypatch).paint(300) > 290


def test_one_paints_while_something_else_runs_and_all_again_afterwards(monkeypatch):
    machine = Machine(monkeypatch)
    machine.paint(30)
    machine.cost = {2: 3.0, 1: 1.7}
    machine.paint(20)  # within seconds
    assert machine.paint(100) < 10
    machine.cost = {2: 1.0, 1: 1.7}
    machine.paint(200)
    assert machine.paint(100) > 95


def test_a_gpu_has_nothing_to_choose():
    assert len(Threads(torch.device("meta")).counts) == 1


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
