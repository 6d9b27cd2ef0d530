import pytest

from batchroles.client import Moodle, functions
from batchroles.errors import TemporaryFailure
from batchroles.models import Code, Problem, UserRef
from batchroles.models.references import UserKey
from batchroles.validator.names import Resolved
from batchroles.validator.users import UserFinder
from tests.client.odd_server import Reply, serve
from tests.validator.conftest import Site

ASKED = functions.USERS_BY_FIELD
CHECK = "Check the spelling; if the account exists, the token's user needs moodle/user:viewdetails and "


def find(moodle: Moodle, by: UserKey, *values: str) -> list[Resolved]:
    """Look users up by one field, in the order given."""
    found = UserFinder(moodle).find(UserRef(by, value) for value in values)
    return [found[UserRef(by, value)] for value in values]


def reason(found: Resolved) -> str:
    """Give the reason of a problem."""
    assert isinstance(found, Problem)
    return found.reason


@pytest.mark.parametrize(
    ("by", "values", "ids"),
    [
        ("username", ["u01", "0042", "first.last-33@example.edu"], [10, 50, 42]),
        ("username", ["U01", "u01"], [10, 10]),
        ("email", ["u01@example.edu", "u38+tag@example.edu", "U25.MixedCase@Example.EDU"], [10, 47, 34]),
        ("email", ["U02@Example.edu"], [11]),
        ("idnumber", ["0000001", "A/B 12 &x=1", "Ümlaut-1", "dup-0001", "38"], [10, 40, 41, 51, 48]),
        ("id", ["10", "999999"], [10, 999999]),
    ],
)
def test_found_users(moodle: Moodle, by: UserKey, values: list[str], ids: list[int]) -> None:
    """Users are found by each field exactly, but user names and e-mail addresses in any case; ids are taken."""
    assert find(moodle, by, *values) == ids
    assert moodle.calls == ({} if by == "id" else {ASKED: 1})


def test_several_accounts(moodle: Moodle) -> None:
    """An e-mail address or ID number of several accounts is ambiguous, and all of them are named."""
    assert find(moodle, "email", "shared@example.edu") == [
        Problem(
            Code.USER_AMBIGUOUS,
            'E-mail address "shared@example.edu" belongs to several accounts: u21 (id 30), u22 (id 31).',
            "Name the user by user name or by user id instead.",
            value="shared@example.edu",
        )
    ]
    assert reason(find(moodle, "idnumber", "DUP-0001")[0]) == (
        'ID number "DUP-0001" belongs to several accounts: u26 (id 35), u27 (id 36).'
    )


def test_addresses_that_differ_in_case_only_are_several_accounts() -> None:
    """An address that no account has in just that spelling, but two in others, is ambiguous: neither is chosen."""
    both = (
        '[{"id": 7, "username": "a", "email": "AB@x.org"}, {"id": 8, "username": "b", "email": "ab@X.org"}]'
    )
    with serve(Reply(both)) as odd:
        assert reason(find(Moodle(odd.url, "t"), "email", "Ab@x.org")[0]) == (
            'E-mail address "Ab@x.org" belongs to several accounts: a (id 7), b (id 8).'
        )


@pytest.mark.parametrize(
    ("by", "value", "said", "fix"),
    [
        ("username", "nobody77", 'User name "nobody77" not found', f"{CHECK}moodle/user:viewalldetails."),
        ("email", "x@y.z", 'E-mail address "x@y.z" not found', f"{CHECK}moodle/site:viewuseridentity."),
        ("idnumber", "0", 'ID number "0" not found', f"{CHECK}moodle/user:viewalldetails."),
        ("username", "u24", 'User name "u24" not found', f"{CHECK}moodle/user:viewalldetails."),
    ],
)
def test_users_that_are_not_found(moodle: Moodle, by: UserKey, value: str, said: str, fix: str) -> None:
    """Moodle does not tell absent from invisible, and neither does the sentence; the fix names the permissions."""
    problem = Problem(Code.USER_NOT_FOUND, f"{said}, or not visible to this token.", fix, value=value)
    assert find(moodle, by, value) == [problem]


def test_invisible_users_are_not_found(sites: Site) -> None:
    """Users whom the token may not see are not found, without an error."""
    [found] = find(sites(token="TOKEN_WEAK"), "username", "u01")
    assert reason(found) == 'User name "u01" not found, or not visible to this token.'


def test_lost_zeros(moodle: Moodle) -> None:
    """An ID number that exists with leading zeros of exactly one width is suggested, never taken."""
    found = find(moodle, "idnumber", "21", "9999", "0000001")
    assert found[0] == Problem(
        Code.USER_NOT_FOUND,
        'ID number "21" not found, or not visible to this token.',
        'Write "0000021" if that is who is meant: the site has this ID number with its leading zeros.',
        value="21",
    )
    assert reason(found[1]) == 'ID number "9999" not found, or not visible to this token.'
    assert (found[2], moodle.calls) == (10, {ASKED: 2})


def test_lost_zeros_of_two_widths() -> None:
    """An ID number that exists with leading zeros of two widths is not guessed at."""
    both = '[{"id": 8, "username": "a", "idnumber": "07"}, {"id": 9, "username": "b", "idnumber": "007"}]'
    with serve(Reply("[]"), Reply(both)) as odd:
        [found] = find(Moodle(odd.url, "TOKEN"), "idnumber", "7")
    assert found == Problem(
        Code.USER_NOT_FOUND,
        'ID number "7" not found, or not visible to this token.',
        f"{CHECK}moodle/user:viewalldetails.",
        value="7",
    )


def test_lost_zeros_of_many(sites: Site) -> None:
    """Where many ID numbers lost their zeros, the first ones tell the width and the rest are tried in it alone."""
    moodle = sites(max_input_vars=50)
    numbers = [str(number) for number in [*range(2, 24), *range(28, 38)]]
    suggested = {
        number
        for number, found in zip(numbers, find(moodle, "idnumber", *numbers), strict=True)
        if isinstance(found, Problem) and found.fix.startswith(f'Write "{number:0>7}" if')
    }
    assert suggested == set(numbers) - {"30", "31", "32"}
    assert moodle.calls == {ASKED: 3}


def test_a_bad_value_among_good_ones(moodle: Moodle) -> None:
    """User names that this site cannot have are told apart with one more call, and fail alone."""
    found = find(moodle, "username", "u01", "u 02", "ü03", "u04", "a/b")
    assert [found[0], found[3]] == [10, 13]
    assert found[1] == Problem(
        Code.BAD_VALUE,
        '"u 02" cannot be a Moodle user name on this site (invalidparameter).',
        "Correct the user name: blanks, capitals and special characters are the usual reasons.",
        value="u 02",
    )
    assert [reason(found[2])[:5], reason(found[4])[:5]] == ['"ü03"', '"a/b"']
    assert moodle.calls == {ASKED: 2}


def test_a_refused_batch_is_halved(sites: Site) -> None:
    """Where a value of a batch is refused after all, the batch is halved until that value stands alone."""
    moodle = sites()
    good = [f"u{number:02}@example.edu" for number in range(1, 9)]
    found = find(moodle, "email", *good, " u09@example.edu")
    assert found[:8] == list(range(10, 18))
    assert (
        reason(found[8])
        == '" u09@example.edu" cannot be a Moodle e-mail address on this site (invalidparameter).'
    )
    assert moodle.calls[ASKED] <= 1 + 2 * 4


def test_a_site_that_takes_less_than_expected(sites: Site) -> None:
    """A look-up that PHP would cut short is refused whole and halved, so nobody is lost at its end."""
    moodle = sites(max_input_vars=3000, workers=1)
    names = [*(f"nobody{number:04}" for number in range(1100)), "u01", "u02"]
    found = UserFinder(moodle).find(UserRef("username", name) for name in names)
    assert [found[UserRef("username", name)] for name in ("u01", "u02")] == [10, 11]
    assert moodle.calls[ASKED] == 3


def test_batches_respect_the_limit(sites: Site) -> None:
    """No call has more form variables than the site takes, and nobody is lost at the border."""
    moodle = sites(max_input_vars=15)
    names = [f"u{number:02}" for number in range(1, 24)]
    assert find(moodle, "username", *names) == list(range(10, 33))
    assert moodle.calls[ASKED] == 3


def test_suggestion_with_the_same_digits(moodle: Moodle) -> None:
    """A user near in letters is suggested; one with another number is somebody else."""
    found = find(moodle, "username", "u01", "first.last-33@example.edu", "u99", "frist.last-33@example.edu")
    assert reason(found[2]) == 'User name "u99" not found, or not visible to this token.'
    assert reason(found[3]) == (
        'User name "frist.last-33@example.edu" not found, or not visible to this token;'
        ' did you mean "first.last-33@example.edu"?'
    )


@pytest.mark.parametrize("value", ["0", "-1", "1.0", "x", "", "0010", "\u0665", str(2**63)])
def test_ids_that_cannot_be(moodle: Moodle, value: str) -> None:
    """What can be no id at all is a problem at once."""
    [found] = find(moodle, "id", value)
    assert reason(found) == f'"{value}" is not a user id: Moodle\'s ids are whole numbers from 1 on.'


def test_id_numbers_keep_their_case(moodle: Moodle) -> None:
    """Two ID numbers that differ in case are two people, so another case is suggested and never taken."""
    found = find(moodle, "idnumber", "dup-0001", "Dup-0001")
    assert found[0] == 51
    assert reason(found[1]) == (
        'ID number "Dup-0001" not found, or not visible to this token; did you mean "dup-0001"?'
    )


def test_letters_that_only_sound_alike_are_other_addresses() -> None:
    """A database may answer with ß where ss was asked for, in whatever case: that is somebody else's address."""
    answer = '[{"id": 8, "username": "a", "email": "stra\u00dfe@example.edu"}]'
    with serve(Reply(answer)) as odd:
        [found] = find(Moodle(odd.url, "TOKEN"), "email", "Strasse@example.edu")
    assert isinstance(found, Problem)
    assert found.code is Code.USER_NOT_FOUND


def test_users_nobody_asked_for() -> None:
    """A user whose name is another one than those asked for is not used, whatever the database takes for equal."""
    found = '[{"id": 9, "username": "mueller"}, {"id": 10, "username": "U01"}, {"id": 11}]'
    with serve(Reply(found)) as odd:
        moodle = Moodle(odd.url, "t")
        asked = {"field": "username", "values": ["u01", "muller"]}
        assert moodle.call("core_user_get_users_by_field", asked) == [{"id": 10, "username": "U01"}]


def test_other_case_is_noted(sites: Site) -> None:
    """Who was found in another case than the file's is mentioned."""
    finder = UserFinder(sites())
    finder.find([UserRef("username", "U01"), UserRef("username", "u02"), UserRef("email", "U03@example.edu")])
    assert finder.notes == [
        "Found in another spelling of capital and small letters than the file's: 1 e-mail address,"
        ' such as "U03@example.edu"',
        'Found in another spelling of capital and small letters than the file\'s: 1 user name, such as "U01"',
    ]


def test_progress(sites: Site) -> None:
    """The caller is told how much of what has been looked up."""
    told: list[tuple[str, int, int]] = []
    finder = UserFinder(sites(max_input_vars=10, workers=1), lambda *step: told.append(step))
    finder.find(UserRef("username", f"u{number:02}") for number in range(1, 10))
    assert told == [("users by user name", 5, 9), ("users by user name", 9, 9)]


def test_stopped_look_ups(sites: Site) -> None:
    """Look-ups end when the client is told to stop."""
    moodle = sites()
    moodle.stop.set()
    with pytest.raises(TemporaryFailure):
        find(moodle, "username", "u01")
