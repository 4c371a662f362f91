"""The queue's keeper: nobody has too many jobs, those that nobody reads end, and a queue that died starts again."""

import asyncio
import time
import traceback
from asyncio import Queue as AsyncQueue
from collections import Counter
from typing import Any

from gradio.utils import LRUCache

from .. import limits
from ..visits import uploads
from .visitors import Sessions, address, visitor

UNREAD_SECONDS = 6.0  # that a job, or its result, waits for a reader
SWEEP_SECONDS = 5.0
FORGET_SECONDS = 60.0  # until wrong passwords count no more


class Mailboxes(LRUCache[str, Any]):
    """Gradio's messages by session. One for a session that is gone is lost, where it would end the whole queue."""

    def __missing__(self, session: str) -> Any:
        return AsyncQueue()


class Keeper:
    """Looks after one page's queue, once a second, for as long as it is served."""

    def __init__(self, blocks: Any) -> None:
        self.blocks = blocks
        self.sessions = Sessions()
        self.readers: Counter[str] = Counter()  # open streams by session, or by event where there is no session
        self.posts: Counter[str] = Counter()  # by address, lately
        self.wrong_passwords: Counter[str] = Counter()
        self._read: dict[tuple[str, str], float] = {}  # by session and job, "" for results: when it was read last
        blocks._queue.pending_messages_per_session = Mailboxes(2000)

    def expect(self, session: str) -> None:
        """A job of this session begins: its result will be waited for, however long the session had none."""
        self._read[session, ""] = time.monotonic()

    def _running(self) -> list[Any]:
        return [event for job in self.blocks._queue.active_jobs if job for event in job]

    def _events(self) -> list[Any]:
        queue = self.blocks._queue
        return self._running() + [
            event for waiting in queue.event_queue_per_concurrency_id.values() for event in waiting.queue
        ]

    def paints(self, name: str) -> bool:
        """Whether a job of this session, or by this name where it has none, is under way."""
        return any(name in (event.session_hash, event._id) for event in self._running())

    def crowded(self, session: str, who: str, where: str, pool: str) -> tuple[bool, bool]:
        """Whether a pool, to paint or of the tools, holds as many jobs as may be: of this session or this address; and
        of this session and visitor alone."""
        events = [event for event in self._events() if event.concurrency_id == pool]
        of_session = sum(event.session_hash == session for event in events)
        of_address = sum(address(event.request.scope) == where for event in events)
        mine = sum(event.session_hash == session or visitor(event.request.scope) == who for event in events)
        return max(of_session, of_address) >= limits.JOBS_EACH, mine >= limits.JOBS_EACH

    async def run(self) -> None:
        swept = forgot = time.monotonic()
        while True:
            await asyncio.sleep(1)
            try:
                await self._look_after_the_queue()
                if time.monotonic() - forgot > FORGET_SECONDS:
                    forgot = time.monotonic()
                    self.wrong_passwords.clear()
                if time.monotonic() - swept > SWEEP_SECONDS:
                    await asyncio.to_thread(uploads.sweep)
                    swept = time.monotonic()
            except Exception:  # whatever it was, the keeper stays
                traceback.print_exc()

    async def _look_after_the_queue(self) -> None:
        self.posts.clear()
        queue, now = self.blocks._queue, time.monotonic()
        if queue.stopped and self.blocks.is_running:
            queue.stopped = False
            queue.start()
        mail = queue.pending_messages_per_session
        sessions = {*mail, *queue.pending_event_ids_session}
        jobs = [(event.session_hash, event._id) for event in self._events()]
        busy = {session for session, _ in jobs}
        self._read = {key: self._read.get(key, now) for key in [*jobs, *((session, "") for session in sessions)]}
        for session, job in list(self._read):
            if self.readers[session] or self.readers[job] or (not job and session in busy):
                self._read[session, job] = now
            elif now - self._read[session, job] > UNREAD_SECONDS:
                await queue.clean_events(session_hash=session)  # a running one ends at its next frame
                mail.pop(session, None)
                queue.pending_event_ids_session.pop(session, None)
        states = self.blocks.state_holder.session_data
        for session in [name for name in list(states) if name not in self.sessions and name not in mail]:
            states.pop(session, None)
