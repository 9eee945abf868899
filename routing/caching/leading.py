"""Who waits in this process for another request's answer, so that they look when there is one to see."""

import asyncio

ELSEWHERE_POLL_S = 0.25  # where the leader is in another process, nobody tells


class Leading:
    """Leaders of this process say when they ended; those that are elsewhere are looked for."""

    def __init__(self) -> None:
        self._ended: dict[str, asyncio.Event] = {}

    def begun(self, name: str) -> None:
        self._ended[name] = asyncio.Event()

    def ended(self, name: str) -> None:
        event = self._ended.pop(name, None)
        if event is not None:
            event.set()

    async def wait(self, name: str, most_s: float) -> None:
        """Returns when the leader ended, or after `most_s`."""
        event = self._ended.get(name)
        if event is None:
            await asyncio.sleep(min(ELSEWHERE_POLL_S, most_s))
            return
        try:
            async with asyncio.timeout(most_s):
                await event.wait()
        except TimeoutError:
            return
