"""What the token's service lacks, told apart from what is wrong with token or site."""

import json

import pytest

from batchroles.client import Moodle, Retry
from batchroles.client.functions import CATEGORIES, COURSES, SITE_INFO
from batchroles.errors import NotInService, SiteRefusal
from batchroles.models import UNASSIGN
from tests.client.helpers import TOKEN, Diary
from tests.client.odd_server import Reply, serve

REFUSED = Reply(
    json.dumps({"exception": "webservice_access_exception", "errorcode": "accessexception", "message": "No"})
)
INFO = Reply(json.dumps({"userid": 2, "functions": [{"name": COURSES}]}))


def test_a_function_that_is_not_listed_is_what_is_lacking() -> None:
    """The site's list is asked for at the first refusal, and once; what it lists is refused for another reason."""
    with serve(REFUSED, INFO, REFUSED, REFUSED) as odd:
        moodle = Moodle(odd.url, TOKEN)
        with pytest.raises(NotInService, match=f"does not let this token call {CATEGORIES}"):
            moodle.ask(CATEGORIES)
        with pytest.raises(NotInService):
            moodle.change(UNASSIGN, [(1, 5, "course", 2)], idle=True)
        with pytest.raises(SiteRefusal) as caught:
            moodle.ask(COURSES)
    assert type(caught.value) is SiteRefusal
    assert (moodle.calls[SITE_INFO], moodle.calls.total()) == (1, 4)


def test_where_the_functions_are_not_listed_the_function_is_what_is_lacking() -> None:
    """A service without site info refuses that as it refuses the function; it is asked once."""
    with serve(REFUSED, REFUSED, REFUSED) as odd:
        moodle = Moodle(odd.url, TOKEN)
        for _ in range(2):
            with pytest.raises(NotInService):
                moodle.ask(COURSES)
        assert moodle.may_have(COURSES)
        with pytest.raises(NotInService, match=SITE_INFO):
            moodle.site_info()
    assert moodle.calls == {COURSES: 2, SITE_INFO: 1}


def test_site_info_is_remembered_until_it_is_asked_anew() -> None:
    """Whoever must know that nothing has changed asks again; the others do not."""
    other = Reply(json.dumps({"userid": 3, "functions": []}))
    with serve(INFO, other) as odd:
        moodle = Moodle(odd.url, TOKEN)
        told = [moodle.site_info(anew=anew)["userid"] for anew in (False, False, True, False)]
        assert not moodle.session().may_have(COURSES)
    assert told == [2, 2, 3, 3]


def test_a_session_counts_and_listens_for_itself() -> None:
    """What a session calls counts for the whole, too; its observer hears of nothing else."""
    mine, others = Diary(), Diary()
    with serve(Reply("[]"), Reply("[]"), Reply("[]")) as odd:
        moodle = Moodle(odd.url, TOKEN, retry=Retry(attempts=1), observer=others)
        session = moodle.session(mine)
        session.call(CATEGORIES)
        moodle.call(CATEGORIES)
        moodle.session().call(CATEGORIES)
    assert (session.calls, moodle.calls) == ({CATEGORIES: 1}, {CATEGORIES: 3})
    assert (len(mine.answers), len(others.answers)) == (1, 2)
