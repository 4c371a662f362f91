"""How many CPU threads paint: this process's cores, shared by its paintings; fewer while other programs need them."""

import functools
import os
import statistics
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

import torch

from ..machine import usable_cpus

FASTER = 0.9  # another number of threads is kept if an iteration takes less than this part of the usual time
SLOWER = 1.3  # if iterations take this many times the best time, another program has begun to compute
SOONEST, LATEST = 5, 40  # iterations between two trials, twice as many after each that was no faster
IDLE_SECONDS = 1.0  # a painting that has not computed for so long, as when paused, leaves its cores to the others

_lock = threading.Lock()  # of the two below, and of the fields that other paintings' Threads read
_paintings: "WeakSet[Threads]" = WeakSet()
_callers = 1  # torch's number of threads outside of iterations, while one is computed


class Threads:
    """Chooses the number of torch's threads by the clock.

    Threads wait for each other many times in an iteration. Where another program computes on the same cores, the one
    that has no core holds up all others, and fewer threads are faster. So now and then one iteration is painted with
    another number, which is kept if it was faster.
    """

    def __init__(self, device: torch.device) -> None:
        _use_one_thread_after_fork()
        with _lock:
            self.most = min(_threads_of_caller(), usable_cpus()) if device.type == "cpu" else 0
        self.counts = choices(self.most)  # to choose from; empty where another device paints
        self.computing, self.ended = False, float("-inf")
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
        global _callers
        with _lock:
            _callers = _threads_of_caller()
            self.computing = True
            _paintings.add(self)
            self._share(min(_callers, self.most))
            torch.set_num_threads(self.count)
        started = time.monotonic()
        try:
            yield
        finally:
            with _lock:
                self.computing, self.ended = False, time.monotonic()
                torch.set_num_threads(_callers)
        self.took(self.ended - started)

    def _share(self, most: int) -> None:
        """Choose from an even share of `most` threads, since other paintings may compute at the same time."""
        now = time.monotonic()
        count = sum(other.computing or abs(now - other.ended) < IDLE_SECONDS for other in _paintings)
        counts = choices(max(1, most // max(1, count)))
        if counts != self.counts:
            self.counts, self.chosen, self.trial = counts, 0, None
            self._forget()

    def restart(self) -> None:
        """Forget the timings, since iterations of a new size take longer; keep the number of threads chosen."""
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


def _threads_of_caller() -> int:
    """torch's number of threads outside of iterations; call it with the lock held.

    A thread's first use of torch takes over the number that was last set in any thread, which during an iteration is
    the iteration's own: new threads would inherit it for good.
    """
    return _callers if any(painting.computing for painting in _paintings) else torch.get_num_threads()


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
        os.register_at_fork(after_in_child=_begin_anew)


def _begin_anew() -> None:
    global _lock
    _lock = threading.Lock()  # another thread may have held it
    _paintings.clear()
    torch.set_num_threads(1)
