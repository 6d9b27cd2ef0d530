"""Sign-in attempts, slowed down, on a clock of the test's own."""

from batchroles.web.slowing import Attempts, Bucket, Pace


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def attempts(clock: Clock, name: int = 3, address: int = 5) -> Attempts:
    return Attempts(Pace(name, 10), Pace(address, 4), clock)


def test_a_name_is_slowed_whatever_the_address() -> None:
    """Guesses at one name from many addresses have to wait, however the name is written; another name has not."""
    tries = attempts(Clock())
    said = [
        tries.begin(name, f"10.0.0.{number}") for number, name in enumerate(["ana", "Ana", " ANA ", "ana"])
    ]
    assert said == [0, 0, 0, 10]
    assert tries.begin("ben", "10.0.0.9") == 0


def test_an_address_is_slowed_whatever_the_name() -> None:
    """Guesses at many names from one address have to wait; another address has not."""
    tries = attempts(Clock())
    assert [tries.begin(f"u{number}", "10.0.0.1") for number in range(6)] == [0, 0, 0, 0, 0, 4]
    assert tries.begin("u9", "10.0.0.2") == 0


def test_one_more_after_a_while_and_no_more_than_that() -> None:
    """Who waited as long as was said may try once, and who waited for long has no more at once than anybody."""
    clock = Clock()
    tries = attempts(clock, address=100)
    for _ in range(3):
        tries.begin("ana", "10.0.0.1")
    clock.now = tries.begin("ana", "10.0.0.1")
    assert (tries.begin("ana", "10.0.0.1"), tries.begin("ana", "10.0.0.1")) == (0, 10)
    clock.now = 1e6
    assert [bool(tries.begin("ana", "10.0.0.1")) for _ in range(4)] == [False, False, False, True]


def test_who_waits_is_not_made_to_wait_longer() -> None:
    """Trying while one has to wait counts as no attempt."""
    clock = Clock()
    tries = attempts(clock)
    for _ in range(50):
        tries.begin("ana", "10.0.0.1")
    clock.now = 10
    assert tries.begin("ana", "10.0.0.1") == 0


def test_an_own_account_wipes_out_no_guesses() -> None:
    """Signing in rightly gives back that one attempt, and none of the wrong ones from the same address."""
    tries = attempts(Clock())
    for number in range(4):
        tries.begin(f"u{number}", "10.0.0.1")
        tries.begin("mine", "10.0.0.1")
        tries.forgive("mine", "10.0.0.1")
    assert tries.begin("u5", "10.0.0.1") == 0
    assert tries.begin("u6", "10.0.0.1") == 4


def test_a_network_of_ipv6_is_one_address() -> None:
    """Who has a network of 64 bits has no attempts for each address in it."""
    tries = attempts(Clock())
    said = [tries.begin(f"u{number}", f"2001:db8:0:1::{number:x}") for number in range(6)]
    assert said == [0, 0, 0, 0, 0, 4]
    assert tries.begin("u7", "2001:db8:0:2::1") == 0


def test_memory_is_bounded_and_who_tries_is_remembered() -> None:
    """However many keys come, so many are kept, and one that is tried on and on is not pushed out by them."""
    bucket = Bucket(Pace(1, 10), most=50)
    bucket.take(b"ana", 0)
    for number in range(1000):
        bucket.take(str(number).encode(), 0)
        assert bucket.wait(b"ana", 0) == 10
    assert len(bucket._left) == 50
