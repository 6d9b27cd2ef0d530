"""Sessions and keys, on a clock of the test's own."""

from batchroles.web.sessions import OneTimeKeys, Sessions


class Clock:
    """Stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_that_nobody_uses_ends() -> None:
    """A session ends so long after its last use, whatever merely looked on since."""
    clock = Clock()
    sessions: Sessions[str] = Sessions(idle=30, longest=1000, clock=clock)
    own, session = sessions.begin("ana")
    clock.now = 29
    assert sessions.find(own) is session
    clock.now = 58
    assert sessions.find(own, use=False) is session
    clock.now = 59
    assert sessions.find(own, use=False) is None
    assert sessions.find(own) is None


def test_a_session_ends_however_much_it_is_used() -> None:
    """No use keeps a session beyond its longest age; without an idle time only that counts."""
    clock = Clock()
    sessions: Sessions[str] = Sessions(idle=None, longest=100, clock=clock)
    own, _ = sessions.begin("ana")
    for clock.now in range(0, 100, 10):
        assert sessions.find(own) is not None
    clock.now = 100
    assert sessions.find(own) is None


def test_an_id_is_kept_nowhere() -> None:
    """Neither store nor session shows an id, and no repr a form's token; both are new each time."""
    sessions: Sessions[str] = Sessions()
    own, session = sessions.begin("ana")
    other, second = sessions.begin("ana")
    assert own not in repr(vars(sessions)) + repr(session)
    assert session.form_token not in repr(session)
    assert len({own, other, session.form_token, second.form_token}) == 4
    assert len(own) >= 43  # 256 bits in letters of 6 bits each


def test_an_ended_session_is_not_found() -> None:
    """Ended is ended, for that session alone; an unknown id is nobody's, whatever letters it has."""
    sessions: Sessions[str] = Sessions()
    mine, _ = sessions.begin("ana")
    others, _ = sessions.begin("ben")
    sessions.end(mine)
    assert (sessions.find(mine), sessions.find(""), sessions.find("ä\udcff")) == (None, None, None)
    assert sessions.people() == ["ben"]
    assert sessions.find(others) is not None


def test_so_many_sessions_and_no_more() -> None:
    """One session too many ends the one that was unused for longest."""
    sessions: Sessions[int] = Sessions(most=3)
    ids = [sessions.begin(number)[0] for number in range(3)]
    assert sessions.find(ids[0]) is not None
    sessions.begin(3)
    assert sessions.people() == [2, 0, 3]


def test_a_key_opens_once() -> None:
    """A key opens once, and no longer than until the next one is made; nothing else opens."""
    keys = OneTimeKeys()
    assert not keys.use("")
    first, second = keys.new(), keys.new()
    assert (keys.use(first), keys.use("ä"), keys.use(second), keys.use(second)) == (False, False, True, False)
    assert first not in repr(vars(keys))
