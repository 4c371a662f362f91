"""What connections may take: their number, and their time. Gradio passes no settings on to uvicorn for either."""

import asyncio
import socket
from typing import Any

HEAD_SECONDS = 10.0  # for a request's head to come
STALL_SECONDS = 60.0  # for an answer that is not taken
UNREAD_SECONDS = 7.0  # for a job's messages that are not taken
HELD_BYTES = 8192  # of a job's messages, that wait here to be taken
MAX_CONNECTIONS = 2000


def on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Without it, each connection that cannot be accepted for want of file descriptors is a traceback in the log."""
    if not str(context.get("message", "")).startswith("socket.accept()"):
        loop.default_exception_handler(context)


def _most() -> int:
    """Connections at a time: of the file descriptors, half are for files."""
    try:
        import resource
    except ImportError:  # Windows
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    return min(MAX_CONNECTIONS, soft // 2)


def bound(config: Any) -> None:
    """Let a server's connections to come be no more than there is room for, and none wait for ever."""
    most = _most()

    class Bounded(config.http_protocol_class):  # type: ignore[misc]
        _timer: asyncio.TimerHandle | None = None
        _stall: float | None = None
        app_state: dict[str, Any]

        def connection_made(self, transport: Any) -> None:
            self.app_state = {**self.app_state, "connection": self}  # for each request's scope
            super().connection_made(transport)
            mine = sum(other.client and other.client[0] == self.client[0] for other in self.connections if self.client)
            if len(self.connections) > most or mine > most // 2:  # one address leaves room for others
                self.connections.discard(self)  # it counts no more
                transport.abort()
            self._wait(HEAD_SECONDS)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.flow.write_paused:
                return  # who asks for more has taken nothing yet
            if self.cycle is not None and not self.cycle.response_complete:
                self._wait(None)
            elif self._timer is None:
                self._wait(HEAD_SECONDS)

        def hold_little(self) -> None:
            """From now on what is not taken is noticed soon."""
            self._stall = UNREAD_SECONDS
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD_BYTES)
            self.transport.set_write_buffer_limits(0)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._wait(self._stall or STALL_SECONDS)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._wait(STALL_SECONDS if self.transport.is_closing() else None)

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._close_in_time()

        def timeout_keep_alive_handler(self) -> None:
            super().timeout_keep_alive_handler()
            self._close_in_time()

        def _close_in_time(self) -> None:
            """A connection that is closed waits, without this, for as long as the last of an answer is not taken."""
            if self.transport.is_closing():
                self._wait(STALL_SECONDS)

        def connection_lost(self, error: Exception | None) -> None:
            self._wait(None)
            super().connection_lost(error)

        def _wait(self, seconds: float | None) -> None:
            if self._timer:
                self._timer.cancel()
            loop = asyncio.get_running_loop()
            self._timer = None if seconds is None else loop.call_later(seconds, self.transport.abort)

    config.http_protocol_class = Bounded
