"""How many CPU threads paint: as many as are faster just now, by the clock."""

import statistics
import time
from collections import deque

import torch

FASTER = 0.9  # of the usual time, and another number of threads is taken up
SLOWER = 1.3  # times the best time, and something else has begun to run: another number is tried at once
FIRST_WAIT, LONGEST_WAIT = 4.0, 32.0  # seconds between trials, twice as long after each that was no faster
LEAST_WAIT = 1.0


class Threads:
    """The number of torch's threads for a painting.

    Where other programs compute on the same cores, threads wait for one that has none, and fewer paint faster. One
    iteration now and then is painted with another number of threads, which is kept where it was faster. Outside
    `use` and `release` the caller's own number holds.
    """

    def __init__(self, device: torch.device) -> None:
        self.counts = choices(torch.get_num_threads()) if device.type == "cpu" else [1]
        self.callers = 0  # their number of threads, while it is not in use
        self.chosen = 0  # index of the count in use
        self.trial: int | None = None  # index of the count that this iteration tries
        self.step = 1  # from the count in use to the next to be tried
        self.recent: deque[float] = deque(maxlen=3)  # seconds of an iteration, at the count in use
        self.best = float("inf")
        self.wait, self.tried = FIRST_WAIT, float("-inf")

    @property
    def count(self) -> int:
        return self.counts[self.chosen if self.trial is None else self.trial]

    def use(self) -> None:
        """Paint with the number chosen, from here on."""
        if len(self.counts) > 1:
            self.callers = self.callers or torch.get_num_threads()
            torch.set_num_threads(self.count)

    def release(self) -> None:
        """Give the caller's own number back."""
        if self.callers:
            torch.set_num_threads(self.callers)
            self.callers = 0

    def restart(self) -> None:
        """Iterations take another time from here on; what was chosen stays."""
        self.recent.clear()
        self.best, self.trial = float("inf"), None

    def took(self, seconds: float) -> None:
        """An iteration took so long: keep what was tried or drop it, or try another number next."""
        now = time.monotonic()
        if self.trial is not None:
            faster = seconds < FASTER * statistics.median(self.recent)
            if faster:
                self.chosen, self.wait = self.trial, FIRST_WAIT
                self.recent.clear()
            else:
                self.step, self.wait = -self.step, min(2 * self.wait, LONGEST_WAIT)
            self.trial, self.tried, self.best = None, now, float("inf")
            if not faster:
                return
        self.recent.append(seconds)
        usual = statistics.median(self.recent)
        self.best = min(self.best, seconds)
        slower = usual > SLOWER * self.best and now - self.tried > LEAST_WAIT
        if len(self.counts) > 1 and len(self.recent) == self.recent.maxlen and (slower or now - self.tried > self.wait):
            there = 0 <= self.chosen + self.step < len(self.counts)
            self.step = self.step if there else -self.step
            self.trial = self.chosen + self.step


def choices(most: int) -> list[int]:
    """Numbers of threads to choose from, the most first: one core left free, then half of them, and so on to one."""
    counts = [most, most - 1]
    while counts[-1] > 1:
        counts.append(counts[-1] // 2)
    return [count for count in dict.fromkeys(counts) if count > 0]
