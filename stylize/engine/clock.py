"""The time that a painting took, its speed, and the time that it will still take."""

import statistics
import time
from collections import deque

SPEED_SECONDS = 3.0  # the speed is the mean over so many seconds
PAUSE_SECONDS = 1.0  # if the caller takes longer between two steps, that is a pause, and does not count in the speed
# The fixed cost of an iteration, as the number of pixels that cost as much: measured with lite on two cores of a CPU;
# for other devices an estimate, which only the first second of a painting depends on.
FIXED_PIXELS = {"cpu": 20_000, "cuda": 300_000, "mps": 50_000}
SETUP = 6.0  # the targets and matches of a size take as long as so many iterations at it
FINISH = 4.0  # the texture of the finished picture, likewise at the last size
RATE_SECONDS = 5.0  # the time left follows a change of the machine's pace within so many seconds
# Iterations or seconds before a time is told: the first iterations are slow, since memory is allocated, and numbers of
# threads are tried.
FIRST, FIRST_SECONDS = 8, 1.0
BUSIER = 1.3  # another program is taken to compute if an iteration takes so many times the least time for its work
NEW_SIZE = 2.0  # by which that least time is multiplied when a size begins: what its iterations cost is only estimated


class Clock:
    """`seconds`: of painting alone. `speed`: iterations a second, with the caller's work but without its pauses."""

    def __init__(self, device: str = "cpu") -> None:
        self.fixed = FIXED_PIXELS.get(device, FIXED_PIXELS["cuda"])
        self.seconds = self.speed = 0.0
        self.between = 0.0  # seconds that the caller took, pauses left out
        self.marks: deque[tuple[float, int]] = deque()  # (seconds + between, iteration), of the last SPEED_SECONDS
        self.recent: deque[float] = deque(maxlen=3)  # seconds of the last iterations at this size, without its first
        self.best = float("inf")  # least seconds for a pixel's work, by the median of `recent`
        self.rate, self.samples = 0.0, 0  # seconds for a pixel's work, a moving average that falls at once
        self.told, self.work_told = float("inf"), float("inf")  # seconds left, and the work that they were of
        self.since = time.monotonic()

    def mark(self, iteration: int) -> None:
        """An iteration is done: measure it."""
        self.pause()
        now = self.seconds + self.between
        if self.marks:
            self.recent.append(now - self.marks[-1][0])
        self.marks.append((now, iteration))
        while len(self.marks) > 2 and self.marks[-1][0] - self.marks[0][0] > SPEED_SECONDS:
            self.marks.popleft()
        (first, start), (last, end) = self.marks[0], self.marks[-1]
        if end > start:
            self.speed = (end - start) / max(1e-6, last - first)

    def pause(self) -> None:
        """A step is yielded: the caller has control from now on."""
        now = time.monotonic()
        self.seconds, self.since = self.seconds + now - self.since, now

    def resume(self) -> None:
        """The caller asked for the next step."""
        now = time.monotonic()
        if now - self.since < PAUSE_SECONDS:
            self.between += now - self.since
        self.since = now

    def restart(self) -> None:
        """Another size begins, where iterations take another time."""
        self.marks.clear()
        self.recent.clear()
        self.best *= NEW_SIZE

    def left(self, size: tuple[int, int], sizes: list[tuple[int, float]]) -> float | None:
        """Seconds until the painting ends; None while the pace is not known. Call it after each mark.

        `size` is this one, `sizes` come from schedule.sizes_left. An iteration's work is its fixed cost and its pixels;
        the measured rate turns work into seconds. Medians ignore a single slow iteration: a rematch, a trial of
        threads, a machine that slept. What is told does not rise unless the machine became busy.
        """
        costs = [self.fixed + times * size[0] * size[1] for _, times in sizes]  # of an iteration at each size
        work = sum((count + SETUP * (n > 0)) * costs[n] for n, (count, _) in enumerate(sizes))
        work += FINISH * costs[-1] * any(count for count, _ in sizes)
        busy = False
        if len(self.recent) == self.recent.maxlen:
            usual = statistics.median(self.recent) / costs[0]
            self.best, busy = min(self.best, usual), usual > BUSIER * self.best
            slower = min(0.2, costs[0] * usual / RATE_SECONDS) * (usual - self.rate)
            self.rate = self.rate + slower if 0 < self.rate < usual else usual
            self.samples += 1
        if self.samples < FIRST and (self.seconds < FIRST_SECONDS or not self.samples):
            return None
        seconds = self.rate * work
        if work <= self.work_told and not busy:  # work grows where more iterations are asked for
            seconds = min(seconds, self.told)
        self.told, self.work_told = seconds, work
        return seconds
