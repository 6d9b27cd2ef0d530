from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchroles.client import Retry
from batchroles.client.attempts import retry_after

STEADY = Retry(base=1, longest=8, jitter=0, longest_retry_after=100, settle_pause=30)


@pytest.mark.parametrize(
    ("attempt", "asked", "settle", "pause"),
    [
        (1, None, False, 1),
        (2, None, False, 2),
        (4, None, False, 8),
        (400, None, False, 8),
        (1, 20.0, False, 20),
        (4, 3.0, False, 8),
        (1, 5000.0, False, 100),
        (1, None, True, 30),
        (1, 90.0, True, 90),
    ],
)
def test_pauses(attempt: int, asked: float | None, settle: bool, pause: float) -> None:
    """Pauses double up to a longest one, and honour what the site asks for and what it may still need."""
    assert STEADY.pause(attempt, asked=asked, settle=settle) == pause


def test_jitter() -> None:
    """Pauses differ at random, by no more than the jitter allows."""
    pauses = {Retry(base=10, jitter=0.5).pause(1) for _ in range(50)}
    assert len(pauses) > 40
    assert all(5 <= pause <= 10 for pause in pauses)


@pytest.mark.parametrize("seconds", [0, 60, 600, 7200])
def test_a_policy_for_a_time_lasts_that_long(seconds: float) -> None:
    """However the pauses turn out, the attempts are not used up before the time is."""
    policy = Retry.lasting(seconds, settle_pause=30)
    assert sum(policy.pause(attempt) for attempt in range(1, policy.attempts)) >= seconds
    assert (policy.total, policy.settle_pause) == (seconds, 30)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("soon", None),
        ("-3", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("9" * 5000, float("inf")),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        (f"Wed, {'9' * 20} Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +9999999999", None),
        ("Fri, 31 Dec 9999 23:59:59 -9900", None),
        ("Sat, 01 Jan 0001 00:00:00 +0100", 0.0),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    """`Retry-After` is read as seconds or as a date, and left alone when it is neither."""
    assert retry_after(text) == seconds


def test_retry_after_date_to_come() -> None:
    """A date to come is the time until then."""
    seconds = retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))
    assert seconds is not None
    assert 80 < seconds <= 90


@given(
    st.text(max_size=40)
    | st.from_regex(
        r"[A-Z][a-z]{2}, \d{1,5} [A-Z][a-z]{2} \d{1,30} \d{1,3}:\d{1,3}(:\d{1,3})? [+-]?\w{1,9}",
        fullmatch=True,
    )
)
def test_odd_wishes(text: str) -> None:
    """No `Retry-After` is too odd to be left alone."""
    asked = retry_after(text)
    assert asked is None or asked >= 0
