"""The practice Moodle as a server: its own pages, connections kept alive, many at once, and its end."""

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from batchroles.sandbox import default_site, make_site, serve
from batchroles.sandbox.wire import latency
from batchroles.sandbox.wire.machine import Machine, Process, Work
from batchroles.sandbox.wire.practice import Practice

SITE = make_site(users=400, courses=8, categories=1)
STUDENT = 5


def call(practice: Practice, session: requests.Session, function: str, **fields: object) -> Any:
    """Call a function and give its answer."""
    head = {"wstoken": practice.token, "moodlewsrestformat": "json", "wsfunction": function}
    data = {**{name: str(value) for name, value in fields.items()}, **head}
    return session.post(f"{practice.url}/webservice/rest/server.php", data=data, timeout=20).json()


def rows(userids: list[int], course: int) -> dict[str, object]:
    """Give the parameters that assign the student role to several users in a course."""
    return {
        f"assignments[{number}][{name}]": value
        for number, userid in enumerate(userids)
        for name, value in {
            "roleid": STUDENT,
            "userid": userid,
            "contextlevel": "course",
            "instanceid": course,
        }.items()
    }


def test_state_and_calls_are_shown_and_reset() -> None:
    """The pages below /_sandbox show role assignments, enrolments and calls, and put the site back."""
    with serve(SITE) as practice, requests.Session() as session:
        before = session.get(f"{practice.url}/_sandbox/state.json", timeout=5).json()
        assert call(practice, session, "core_role_assign_roles", **rows([300], 2)) is None
        after = session.get(f"{practice.url}/_sandbox/state.json", timeout=5).json()
        added = [row for row in after["role_assignments"] if row not in before["role_assignments"]]
        context = next(row["contextid"] for row in SITE["courses"] if row["id"] == 2)
        assert [{**row, "id": 0} for row in added] == [
            {
                "id": 0,
                "roleid": STUDENT,
                "contextid": context,
                "userid": 300,
                "component": "",
                "itemid": 0,
                "modifierid": 3,
            }
        ]
        assert set(before["user_enrolments"][0]) >= {
            "userid",
            "courseid",
            "enrol",
            "status",
            "timestart",
            "timeend",
        }
        calls = session.get(f"{practice.url}/_sandbox/calls.json", timeout=5).json()
        assert calls == {"core_role_assign_roles": 1}
        session.post(f"{practice.url}/_sandbox/reset", timeout=5)
        assert session.get(f"{practice.url}/_sandbox/state.json", timeout=5).json() == before
        assert practice.calls() == {}


def test_activities_of_plugins_have_the_types_after_those_of_moodle() -> None:
    """An activity of a type that a plugin brings is found; of its types, only those of the site exist."""
    site = make_site(users=1, courses=1, categories=1)
    for module, name in zip(site["modules"], ("offlinequiz", "forum", "customcert"), strict=True):
        module["modname"] = name
    with serve(site) as practice, requests.Session() as session:
        types = [
            call(practice, session, "core_course_get_course_module", cmid=module["cmid"])["cm"]["module"]
            for module in site["modules"]
        ]
        errors = [
            call(practice, session, "core_course_get_course_module_by_instance", module=name, instance=99)[
                "errorcode"
            ]
            for name in ("customcert", "nosuch")
        ]
    assert types == [25, 8, 24]
    assert errors == ["invalidrecordunknown", "dmlreadexception"]


def test_many_connections_at_once_lose_nothing() -> None:
    """Eight kept-alive connections assign side by side; every good call is stored, every bad one not at all."""
    with serve(SITE) as practice:
        wanted = {course: list(range(10 * course, 10 * course + 150)) for course in range(2, 10)}

        def work(course: int) -> set[str]:
            with requests.Session() as session:
                answers = set()
                for first in range(0, 150, 10):
                    part = wanted[course][first : first + 10]
                    answers.add(str(call(practice, session, "core_role_assign_roles", **rows(part, course))))
                    bad = call(practice, session, "core_role_assign_roles", **rows([*part, 99999], course))
                    answers.add(bad["errorcode"] if isinstance(bad, dict) else "stored")
                return answers

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, wanted)) == [{"None", "codingerror"}] * 8
        contexts = {row["id"]: row["contextid"] for row in SITE["courses"]}
        stored = {
            (row["contextid"], row["userid"])
            for row in practice.state()["role_assignments"]
            if row["modifierid"] == 3 or row["roleid"] == STUDENT
        }
        assert stored >= {(contexts[course], user) for course, users in wanted.items() for user in users}
        assert not [pair for pair in stored if pair[1] == 99999]


def test_serving_ends_while_a_connection_is_open() -> None:
    """The end of the `with` block closes the port although a client keeps its connection."""
    with serve(SITE) as practice:
        session = requests.Session()
        call(practice, session, "core_webservice_get_site_info")
        address = ("127.0.0.1", int(practice.url.rpartition(":")[2]))
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=2)
    session.close()


def test_port_in_use() -> None:
    """A port that another server holds is an OSError."""
    with serve(SITE) as practice:
        port = int(practice.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"), serve(SITE, port=port):
            pass


def test_php_workers_queue_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two PHP workers, two calls are under way at once and never a third."""
    seen = set()
    begin = Machine.begin

    def watched(machine: Machine, work: Work, now: float) -> Process:
        begun = begin(machine, work, now)
        seen.add(len(machine.processes))
        return begun

    monkeypatch.setattr(Machine, "begin", watched)
    with serve(SITE, php_workers=2) as practice:

        def ask(_: int) -> object:
            with requests.Session() as session:
                return call(practice, session, "core_webservice_get_site_info")

        with ThreadPoolExecutor(6) as pool:
            assert len(list(pool.map(ask, range(12)))) == 12
    assert seen == {1, 2}


@pytest.mark.parametrize(
    ("function", "params", "result", "seconds"),
    [
        ("core_role_assign_roles", {"assignments": dict.fromkeys(range(200))}, None, 0.411),
        ("core_user_get_users_by_field", {"field": "id", "values": {0: "1"}}, [{}] * 100, 0.34),
        (
            "core_course_get_courses_by_field",
            {"field": "shortname"},
            {"courses": [{}], "warnings": []},
            0.041,
        ),
        ("core_course_get_courses", {}, [{}] * 503, 0.2765),
        ("core_enrol_get_enrolled_users", {"options": {0: {"name": "userfields"}}}, [{}] * 1000, 0.6),
        ("core_enrol_get_enrolled_users", {"courseid": "2"}, [{}] * 1000, 3.83),
        ("core_webservice_get_site_info", {}, {"functions": []}, 0.03),
        (
            "core_reportbuilder_retrieve_report",
            {"reportid": 1},
            {"data": {"headers": ["Username"] * 5, "rows": [{}] * 20_000, "totalrowcount": 20_000}},
            0.43,
        ),
    ],
)
def test_latency_is_what_was_measured(
    function: str, params: dict[str, Any], result: Any, seconds: float
) -> None:
    """A call costs what the measured site took for one of its size."""
    assert latency.seconds(function, params, result) == pytest.approx(seconds)


@pytest.mark.parametrize(("columns", "dear", "seconds"), [(4, 0, 1.022), (10, 3, 18.878)])
def test_columns_that_look_contexts_up_are_dear(columns: int, dear: int, seconds: float) -> None:
    """62,013 holdings cost a second with four plain columns, and 19 with ten of which three look contexts up."""
    result = {"data": {"headers": ["Path"] * columns, "rows": [{}] * 62_013}}
    assert latency.seconds(latency.REPORT, {}, result, dear) == pytest.approx(seconds, abs=0.01)


def test_packaged_site_serves_by_default() -> None:
    """Without a site file the packaged site is served, in any state by name."""
    with serve(state="maintenance") as practice, requests.Session() as session:
        answer = call(practice, session, "core_webservice_get_site_info")
    assert answer == {
        "exception": "core\\exception\\moodle_exception",
        "errorcode": "sitemaintenance",
        "message": "The site is undergoing maintenance and is currently not available",
    }
    assert practice.token == default_site()["tokens"][0]["token"]


@pytest.mark.parametrize("state", ["nosuch", "bot", "bot-nothing", "wsbot-moodle/role:assign"])
def test_unknown_state(state: str) -> None:
    """A state that there is not is refused with those there are."""
    with (
        pytest.raises(ValueError, match=f"no state {state}; there are default, debug-on"),
        serve(SITE, state=state),
    ):
        pass


def test_invalid_text_in_the_data_breaks_json_but_not_xml() -> None:
    """A name that is no UTF-8 makes the whole JSON answer empty; in XML only that value is empty."""
    raw = {**SITE, "users": [*SITE["users"][:-1], {**SITE["users"][-1], "firstname": "B\udcf6rn"}]}
    username = raw["users"][-1]["username"]
    fields = {"wsfunction": "core_user_get_users_by_field", "field": "username", "values[0]": username}
    with serve(raw) as practice:
        url, token = f"{practice.url}/webservice/rest/server.php", {"wstoken": practice.token}
        as_json = requests.post(url, data={**fields, **token, "moodlewsrestformat": "json"}, timeout=5)
        as_xml = requests.post(url, data={**fields, **token}, timeout=5)
    assert (as_json.status_code, as_json.text) == (200, "")
    assert f'<KEY name="username"><VALUE>{username}</VALUE>\n</KEY>' in as_xml.text
    assert '<KEY name="fullname"><VALUE></VALUE>\n</KEY>' in as_xml.text
