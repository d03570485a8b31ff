"""Token buckets."""

from __future__ import annotations

from qa.web.limits import Buckets


def test_a_bucket_empties_and_fills_at_its_rate() -> None:
    now = [0.0]
    buckets = Buckets(rate=2, size=3, clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]
    assert buckets.take("b")
    now[0] = 0.5  # Half a second at two a second is one token.
    assert [buckets.take("a") for _ in range(2)] == [True, False]
    now[0] = 100  # No more than the size.
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]
