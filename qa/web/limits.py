"""How much one client may ask in a time: a token bucket for each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_MOST_CLIENTS = 10_000


class Buckets:
    """A token bucket for every client: tokens drip in at a rate, up to a size; a request takes one.

    Args:
        rate: Tokens that drip in each second.
        size: Most tokens a bucket holds: how many requests may come at once.
        clock: Seconds that only grow.
    """

    def __init__(self, rate: float, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._size = size
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, client: str) -> bool:
        """Take a token from a client's bucket; False where it is empty."""
        now = self._clock()
        with self._lock:
            tokens, since = self._buckets.pop(client, (float(self._size), now))
            tokens = min(self._size, tokens + (now - since) * self._rate)
            allowed = tokens >= 1
            self._buckets[client] = (tokens - allowed, now)
            if len(self._buckets) > _MOST_CLIENTS:
                del self._buckets[next(iter(self._buckets))]
        return allowed
