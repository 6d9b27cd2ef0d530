"""Examinations of practice sites, as the commands make them."""

from collections.abc import Mapping
from typing import Any

from batchroles.cli.site import token_script
from batchroles.client import Moodle, Retry
from batchroles.doctor import Finding, Report, examine
from batchroles.sandbox import serve
from tests.sandbox.replay import read_site

SWIFT = Retry(attempts=2, base=0.001, longest=0.002, settle_pause=0.003)
HERE = "https://site"
BOT = "TOKEN_BOT"


def examined(url: str, token: str = BOT, role_map: Mapping[str, str] | None = None) -> Report:
    """Examine what answers at an address."""
    ask = token_script(url, insecure_http=False, ca_cert=None, client_cert=None)
    with Moodle(url, token, retry=SWIFT, timeout=(2, 20)) as moodle:
        return examine(moodle, ask, role_map=role_map)


def of_state(state: str, token: str = BOT) -> Report:
    """Examine the recorded site in one of its states."""
    with serve(read_site(), state=state) as practice:
        return placed(examined(practice.url, token), practice.url)


def of_site(site: dict[str, Any], token: str = BOT) -> Report:
    """Examine a changed site; without a token, with its own first one."""
    with serve(site) as practice:
        return placed(examined(practice.url, token or practice.token), practice.url)


def placed(report: Report, url: str) -> Report:
    """Put `https://site` in the place of an address that is another in every run."""
    findings = [
        Finding(
            one.step,
            one.grade,
            one.sentence.replace(url, HERE),
            one.page.replace(url, HERE),
            one.click,
            one.refuses,
        )
        for one in report.findings
    ]
    return Report(HERE, findings)


def complaints(report: Report) -> list[tuple[str, str, str]]:
    """Give grade, step and sentence of everything that is not as it should be."""
    return [(str(one.grade), one.step, one.sentence) for one in report.findings if one.grade != "ok"]


def passed(report: Report) -> list[str]:
    """Give the steps that are as they should be, each once."""
    return list(dict.fromkeys(one.step for one in report.findings if one.grade == "ok"))
