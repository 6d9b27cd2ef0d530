"""Who is who on two sides: by user name, ID number, e-mail address, and of whom that cannot be said."""

import pytest

from batchroles.job.census.same_people import Who, pair_people


@pytest.mark.parametrize(
    ("ones", "others", "names", "unsure", "missing"),
    [
        pytest.param([Who("ann")], [Who("ann", "x@y.org", "7")], {"ann": "ann"}, [], [], id="name"),
        pytest.param([Who("ann", "", "7")], [Who("anna", "", "7")], {"ann": "anna"}, [], [], id="number"),
        pytest.param(
            [Who("ann", "A@y.org")], [Who("anna", "a@Y.org", "7")], {"ann": "anna"}, [], [], id="address"
        ),
        pytest.param([Who("ann", "a@y.org", "8")], [Who("anna", "a@y.org", "7")], {}, [], ["ann"], id="not"),
        pytest.param(
            [Who("ann", "a@y.org")], [Who("b", "a@y.org"), Who("c", "a@y.org")], {}, [], ["ann"], id="two"
        ),
        pytest.param(
            [Who("ann", "", "7"), Who("ben", "b@y.org")],
            [Who("ann", "b@y.org", "7")],
            {"ann": "ann"},
            ["ben"],
            [],
            id="taken",
        ),
    ],
)
@pytest.mark.parametrize("same_site", [True, False])
def test_who_is_who(
    ones: list[Who],
    others: list[Who],
    names: dict[str, str],
    unsure: list[str],
    missing: list[str],
    same_site: bool,
) -> None:
    """A user name counts first, then an ID number, then an address that contradicts neither; nobody is two people."""
    known = pair_people(ones, others, None, same_site=same_site)
    assert (dict(known.names), list(known.unsure), list(known.missing)) == (names, unsure, missing)


def test_a_user_name_that_somebody_else_has_now() -> None:
    """Within one site an ID number tells who had a user name that somebody else has now; of two sites nobody does."""
    ones = [Who("ann", "", "7"), Who("ben", "", "8")]
    others = [Who("ann", "", "8"), Who("anna", "", "7")]
    now = pair_people(ones, others, None, same_site=True)
    assert now.names == {"ann": "anna", "ben": "ann"}
    elsewhere = pair_people(ones, others, None, same_site=False)
    assert elsewhere.unsure["ann"].startswith("ann has the ID number 7 here and 8 there")
    assert "ann" not in elsewhere.names


def test_an_id_number_that_was_corrected() -> None:
    """Within one site whoever keeps the user name is the same person, whatever the ID number is now."""
    ones, others = [Who("ann", "", "7")], [Who("ann", "", "07")]
    assert pair_people(ones, others, None, same_site=True).names == {"ann": "ann"}
    assert list(pair_people(ones, others, None, same_site=False).unsure) == ["ann"]


@pytest.mark.parametrize(
    ("one", "others", "said"),
    [
        pytest.param(
            Who("jsmith", "john@y.org"),
            [Who("jsmith", "jane@y.org"), Who("john.smith", "john@y.org")],
            "jsmith has the e-mail address of john.smith there",
            id="address of another",
        ),
        pytest.param(
            Who("jsmith", "john@y.org", name="John Smith"),
            [Who("jsmith", "jane@y.org", name="Jane Smith")],
            "jsmith (John Smith) has another name and e-mail address there (Jane Smith)",
            id="user name",
        ),
        pytest.param(
            Who("ann", "office@y.org", name="Ann Abel"),
            [Who("ben", "office@y.org", name="Ben Baker")],
            "ann (Ann Abel) has the e-mail address of ben (Ben Baker) there",
            id="shared address",
        ),
        pytest.param(
            Who("ann", "ann@y.org", "7", "Ann Abel"),
            [Who("ben", "ben@z.org", "7", "Ben Baker")],
            "ann (Ann Abel) has the ID number of ben (Ben Baker) there",
            id="number",
        ),
    ],
)
def test_of_two_sites_names_and_addresses_tell_who_is_another(one: Who, others: list[Who], said: str) -> None:
    """Of two sites nobody is taken for somebody whose name or e-mail address speaks against it: that is left out."""
    elsewhere = pair_people([one], others, None, same_site=False)
    assert not elsewhere.names
    assert elsewhere.unsure[one.username].startswith(said)
    assert {other.username for other in others} >= {*elsewhere.doubtful} > set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Who("ann", "ann@y.org", name="Ann Abel"), Who("ann", "ann@z.org", name="Abel, Ann")),
        (Who("ann", "ann@y.org", name="Ann Abel"), Who("ann", "", name="Ann Baker")),
        (Who("ann", "ann@y.org", "7", "Ann Abel"), Who("ann2", "ann@y.org", "7", "Ann Baker")),
        (Who("ann", "ann@y.org", "7", "Ann Abel"), Who("ann", "baker@z.org", "7", "Ann Baker")),
    ],
)
def test_of_two_sites_one_thing_may_be_another_one(one: Who, other: Who) -> None:
    """Whoever changed the address alone, or the name and nothing by which somebody is known, is the same person."""
    assert pair_people([one], [other], None, same_site=False).names == {"ann": other.username}
