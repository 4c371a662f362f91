"""Work in the background while the page is served."""

import asyncio
import logging
from collections.abc import Awaitable, Callable


async def repeat(job: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Run a job again and again, until this task is cancelled. An error in it is logged and ends nothing."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except Exception:
            logging.getLogger("stylize").exception("Background work failed; it is tried again in %g s.", seconds)
