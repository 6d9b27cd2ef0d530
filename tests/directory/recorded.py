"""Reports as a real Moodle gave them, served again in the order in which they are asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from batchroles.client import Moodle, Retry
from batchroles.client.functions import LIST_REPORTS, OF_REPORTS, RETRIEVE_REPORT
from tests import SHARED
from tests.client.helpers import TOKEN
from tests.client.odd_server import OddServer, Reply, serve

SWIFT = Retry(attempts=2, total=5, base=0.001, longest=0.002)


@cache
def recordings() -> dict[str, Any]:
    """Give the answers of the recorded Moodles by the id of their case."""
    cases: dict[str, Any] = {}
    for name in ("reports/reports.jsonl", "5.1/roles.jsonl", "5.1/reportbuilder.jsonl"):
        for line in (SHARED / "moodle" / name).read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            cases[case["id"]] = case["response"]["body"]
    return cases


def part(name: str, rows: slice = slice(None), **changes: Any) -> dict[str, Any]:
    """Give a recorded report with some of its rows, and with other headers or another total where these are named."""
    answer = recordings()[name]
    data = {**answer["data"], "rows": answer["data"]["rows"][rows], **changes}
    return {**answer, "data": data}


def info(*names: str) -> dict[str, Any]:
    """Give what a site says of itself whose service has these functions."""
    return {"userid": 3, "functions": [{"name": name, "version": "1"} for name in names]}


def replies(*bodies: object) -> list[Reply]:
    """Give answers in the order of the calls."""
    return [one if isinstance(one, Reply) else Reply(json.dumps(one)) for one in bodies]


@contextmanager
def site(*bodies: object, offers: tuple[str, ...] = OF_REPORTS) -> Iterator[tuple[Moodle, OddServer]]:
    """Serve what a site says of itself and then these answers, the last one for ever."""
    with serve(*replies(info(*offers), *bodies)) as server:
        yield Moodle(server.url, TOKEN, retry=SWIFT, timeout=(2, 2)), server


__all__ = ["LIST_REPORTS", "RETRIEVE_REPORT", "info", "part", "recordings", "replies", "site"]
