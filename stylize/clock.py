"""How long a painting has been at work, and how fast it goes now."""

import time
from collections import deque

SPEED_SECONDS = 3.0  # over which the speed is measured
PAUSE_SECONDS = 1.0  # longer between two iterations, and it is a pause, not the caller's work


class Clock:
    """Seconds of painting alone, and how fast it goes now."""

    def __init__(self) -> None:
        self.seconds = self.speed = self.between = 0.0  # between: what the caller took, short of a pause
        self.marks: deque[tuple[float, int]] = deque()  # (seconds, iteration)
        self.since = time.monotonic()

    def mark(self, iteration: int) -> None:
        """This iteration is done."""
        self.pause()
        self.marks.append((self.seconds + self.between, iteration))
        while len(self.marks) > 2 and self.marks[-1][0] - self.marks[0][0] > SPEED_SECONDS:
            self.marks.popleft()
        (first, start), (last, end) = self.marks[0], self.marks[-1]
        if end > start:
            self.speed = (end - start) / max(1e-6, last - first)

    def pause(self) -> None:
        """It is the caller's turn, from now on."""
        now = time.monotonic()
        self.seconds, self.since = self.seconds + now - self.since, now

    def resume(self) -> None:
        """The caller wants the next iteration."""
        now = time.monotonic()
        if now - self.since < PAUSE_SECONDS:
            self.between += now - self.since
        self.since = now

    def restart(self) -> None:
        """Measure the speed anew: iterations at another size are of another kind."""
        self.marks.clear()
