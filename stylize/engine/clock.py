"""The time that a painting took, and its speed."""

import time
from collections import deque

SPEED_SECONDS = 3.0  # the speed is the mean over so many seconds
PAUSE_SECONDS = 1.0  # if the caller takes longer between two steps, that is a pause, and does not count in the speed


class Clock:
    """`seconds`: of painting alone. `speed`: iterations a second, with the caller's work but without its pauses."""

    def __init__(self) -> None:
        self.seconds = self.speed = 0.0
        self.between = 0.0  # seconds that the caller took, pauses left out
        self.marks: deque[tuple[float, int]] = deque()  # (seconds + between, iteration), of the last SPEED_SECONDS
        self.since = time.monotonic()

    def mark(self, iteration: int) -> None:
        """An iteration is done: measure the speed."""
        self.pause()
        self.marks.append((self.seconds + self.between, iteration))
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
        """Forget the speed of another size."""
        self.marks.clear()
