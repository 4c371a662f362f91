"""How many CPU threads paint: at most as many as this process has cores, and fewer while other programs need them."""

import functools
import os
import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..machine import usable_cpus

FASTER = 0.9  # another number of threads is kept if an iteration takes less than this part of the usual time
SLOWER = 1.3  # if iterations take this many times the best time, another program has begun to compute
SOONEST, LATEST = 5, 40  # iterations between two trials, twice as many after each that was no faster


class Threads:
    """Chooses the number of torch's threads by the clock.

    Threads wait for each other many times in an iteration. Where another program computes on the same cores, the one
    that has no core holds up all others, and fewer threads are faster. So now and then one iteration is painted with
    another number, which is kept if it was faster.
    """

    def __init__(self, device: torch.device) -> None:
        _use_one_thread_after_fork()
        cpus = min(torch.get_num_threads(), usable_cpus()) if device.type == "cpu" else 0
        self.counts = choices(cpus)  # to choose from; empty where another device paints
        self.chosen = 0  # index of the count in use
        self.trial: int | None = None  # index of the count that this iteration tries
        self.direction = 1  # of the next trial, from the count in use
        self.wait, self.since_trial = SOONEST, SOONEST  # iterations
        self.begins = True  # whether this iteration does more than those after it
        self.recent: deque[float] = deque(maxlen=3)  # seconds of an iteration with the count in use
        self.best = float("inf")

    @property
    def count(self) -> int:
        return self.counts[self.chosen if self.trial is None else self.trial]

    @contextmanager
    def using(self) -> Iterator[None]:
        """Paint one iteration with the chosen number of threads; afterwards torch has the caller's own again."""
        if not self.counts:
            yield
            return
        callers = torch.get_num_threads()  # in a forked process 1
        torch.set_num_threads(min(callers, self.count))
        started = time.monotonic()
        try:
            yield
        finally:
            torch.set_num_threads(callers)
        self.took(time.monotonic() - started)

    def restart(self) -> None:
        """Iterations take another time after this one, which begins a size; what was chosen stays."""
        self.begins, self.trial = True, None
        self._forget()

    def took(self, seconds: float) -> None:
        """Keep the number that was tried if it was faster, and decide whether the next iteration tries another."""
        if self.begins:
            self.begins = False
            return
        if self.trial is not None:
            if seconds < FASTER * statistics.median(self.recent):
                self.chosen, self.wait = self.trial, SOONEST
            else:
                self.direction, self.wait = -self.direction, min(2 * self.wait, LATEST)
            self.trial, self.since_trial = None, 0
            self._forget()
            return
        self.since_trial += 1
        self.recent.append(seconds)
        self.best = min(self.best, seconds)
        slower = statistics.median(self.recent) > SLOWER * self.best
        due = self.since_trial >= (SOONEST if slower else self.wait)
        if due and len(self.recent) == self.recent.maxlen and len(self.counts) > 1:
            if not 0 <= self.chosen + self.direction < len(self.counts):
                self.direction = -self.direction
            self.trial = self.chosen + self.direction

    def _forget(self) -> None:
        self.recent.clear()
        self.best = float("inf")


def choices(most: int) -> list[int]:
    """Numbers of threads to choose from, in falling order: all, one less, half, a quarter, ... 1."""
    counts, half = [most, most - 1], most // 2
    while half > 0:
        counts.append(half)
        half //= 2
    return sorted({count for count in counts if count > 0}, reverse=True)


@functools.cache
def _use_one_thread_after_fork() -> None:
    """Give forked processes one thread: OpenMP's others do not survive a fork, and waiting for them never ends."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: torch.set_num_threads(1))
