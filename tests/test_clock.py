"""The time left, with simulated time: right early, steady, and quick to follow a busy machine."""

import itertools

import pytest

from stylize.engine import clock
from stylize.engine.clock import FINISH, FIXED_PIXELS, SETUP, Clock
from stylize.engine.schedule import shares, sizes, sizes_left

RATE = 2e-6  # seconds for a pixel's work


class Machine:
    """Paint squares in simulated time; `cost` returns the seconds of an iteration."""

    def __init__(self, monkeypatch, side=512, iterations=240, fixed=FIXED_PIXELS["cpu"]):
        self.now, self.busy, self.pause, self.fixed = 100.0, 1.0, 0.0, fixed
        self.sides, self.iterations = sizes(side), iterations
        self.told = []  # (iteration, seconds told, the time then)
        monkeypatch.setattr(clock.time, "monotonic", lambda: self.now)
        self.clock = Clock()

    def cost(self, side):
        return self.busy * RATE * (self.fixed + side**2)

    def paint(self, each=lambda _: None):
        """Paint all iterations; `each` is called with the number of each, and may change the machine."""
        ends = [round(self.iterations * part) for part in itertools.accumulate(shares(self.sides))]
        scale = -1
        for iteration in range(self.iterations):
            each(iteration)
            setup = 1
            while scale < 0 or iteration >= ends[scale]:
                scale, setup = scale + 1, 1 + SETUP
                self.clock.restart()
            finish = FINISH * (iteration + 1 == self.iterations)
            self.now += (setup + finish) * self.cost(self.sides[scale])
            self.clock.mark(iteration)
            left = self.clock.left(
                (self.sides[scale], self.sides[scale]), sizes_left(self.sides, scale, self.iterations, iteration + 1)
            )
            if left is not None:
                self.told.append((iteration, left, self.now))
            self.clock.pause()
            self.now += self.pause
            self.clock.resume()

    def errors(self, since=0):
        """Return the ratios of the time told to the time taken, for the steps since an iteration."""
        return [told / (self.now - then) for i, told, then in self.told if i >= since and self.now - then > 0.5]

    def rises(self):
        return [b - a for (_, a, _), (_, b, _) in itertools.pairwise(self.told)]


@pytest.mark.parametrize("side", [64, 256, 512, 2048])
def test_the_time_left_is_told_within_twelve_iterations_and_right_within_a_quarter(side, monkeypatch):
    machine = Machine(monkeypatch, side)
    machine.paint()
    assert machine.told[0][0] < 12
    assert all(0.75 < error < 1.25 for error in machine.errors())
    assert max(machine.rises()) <= 1e-6


@pytest.mark.parametrize("fixed", [2_000, 60_000, 1_000_000])
def test_it_never_rises_on_a_machine_of_another_kind(fixed, monkeypatch):
    machine = Machine(monkeypatch, fixed=fixed)
    machine.paint()
    assert max(machine.rises()) <= 1e-6
    assert all(0.6 < error < 1.6 for error in machine.errors(since=machine.iterations - 6))


def test_it_rises_when_the_machine_becomes_busy_and_falls_again(monkeypatch):
    machine = Machine(monkeypatch, 1024, 1600)

    def each(iteration):
        if iteration == 1550:  # the last size began at 1544
            machine.busy = 3.0

    machine.paint(each)
    assert max(machine.rises()) > 1
    assert all(0.75 < error < 1.25 for error in machine.errors(since=1560))


def test_it_rises_when_the_machine_becomes_busy_as_a_size_begins(monkeypatch):
    machine = Machine(monkeypatch, iterations=400)
    machine.paint(lambda iteration: setattr(machine, "busy", 8.0 if iteration > 360 else 1.0))
    assert all(0.75 < error < 1.25 for error in machine.errors(since=385))


def test_a_slow_iteration_now_and_then_changes_nothing(monkeypatch):
    machine = Machine(monkeypatch)

    def each(iteration):
        machine.busy = 2.0 if iteration % 40 == 7 else 1.0  # a trial of threads
        if iteration == 100:
            machine.now += 3600  # the machine slept

    machine.paint(each)
    assert max(machine.rises()) <= 1e-6
    assert all(0.75 < error < 1.25 for error in machine.errors(since=101))


def test_the_callers_work_counts_and_a_long_pause_does_not(monkeypatch):
    machine = Machine(monkeypatch, 64, 100)

    def each(iteration):
        machine.pause = 3600.0 if iteration == 50 else machine.cost(64)

    assert machine.clock.speed == 0  # not known yet
    machine.paint(each)
    each_takes = 2 * machine.cost(64)
    assert machine.clock.seconds == pytest.approx((100 + SETUP + FINISH) * machine.cost(64))
    assert machine.clock.speed == pytest.approx(1 / each_takes, rel=0.3)
    assert machine.told[0][1] == pytest.approx((95 + FINISH / 2) * each_takes, rel=0.1)
    assert machine.told[-1][1] == 0
    assert machine.clock.left((64, 64), [(100, 1.0)]) == pytest.approx(104 * each_takes, rel=0.1)  # 100 more
