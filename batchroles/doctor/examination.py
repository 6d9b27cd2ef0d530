"""The whole examination, in the order in which a site is set up; it ends where nothing more can be known."""

from collections.abc import Iterable, Iterator

from batchroles.client import Moodle, functions
from batchroles.doctor import assigning, lookups, pages, places
from batchroles.doctor.access import TOKEN, TokenScript, after, why_not
from batchroles.doctor.findings import Finding, Report, failed, ok
from batchroles.doctor.service import Info, offered, service, user
from batchroles.errors import BatchrolesError, CallRefused, CallTooLarge, SiteRefusal, TemporaryFailure
from batchroles.resolver.categories import Categories
from batchroles.resolver.service import Service

SITE = "site"


def first_steps(moodle: Moodle, token_script: TokenScript, task: str = "assign") -> Report:
    """Ask what must be so before anything can be tried: from the address to the account of the token's user."""
    return Report(moodle.url, _first_steps(moodle, token_script, task)[0])


def examine(moodle: Moodle, token_script: TokenScript, task: str = "assign", workers: int = 1) -> Report:
    """Ask everything that can be asked without writing. Raises nothing of the site's: it is all in the report."""
    findings, info = _first_steps(moodle, token_script, task)
    if info is None or any(finding.refuses for finding in findings):
        return Report(moodle.url, findings)
    for question in (_users, _places, _site):
        findings += _asked(question(moodle, info, workers), question.__name__.strip("_"))
    return Report(moodle.url, findings)


def _first_steps(moodle: Moodle, token_script: TokenScript, task: str) -> tuple[list[Finding], Info | None]:
    try:
        info = moodle.call(functions.SITE_INFO)
    except BatchrolesError as error:
        return why_not(moodle, error, token_script), None
    if not isinstance(info, dict) or "userid" not in info:
        sentence = f"{moodle.url} answers with something that no Moodle answers."
        return [failed("address", sentence, refuses=True)], None
    whose = ok(
        TOKEN, f"The site knows the token; it belongs to {info.get('username')} ({info.get('fullname')})."
    )
    findings = after(moodle.url, TOKEN, whose)
    findings += service(info, moodle.url, task)
    findings += _asked(user(moodle, info), "user")
    return findings, info


def _asked(findings: Iterable[Finding], step: str) -> list[Finding]:
    """Collect findings; a site that refuses or goes away in the middle ends them with one more."""
    collected = []
    try:
        for finding in findings:
            collected.append(finding)  # noqa: PERF402 - what came before an exception counts
    except (SiteRefusal, CallRefused, TemporaryFailure) as error:
        collected.append(failed(step, str(error), refuses=isinstance(error, TemporaryFailure)))
    return collected


def _users(moodle: Moodle, info: Info, _workers: int) -> Iterator[Finding]:
    if functions.USERS_BY_FIELD in offered(info):
        yield from lookups.users(moodle, int(info["userid"]))


def _places(moodle: Moodle, info: Info, workers: int) -> Iterator[Finding]:
    """Look courses and categories up, and with one of the courses everything about roles."""
    names, site = offered(info), Service(moodle)
    known = Categories(moodle) if functions.CATEGORIES in names else None
    seen = places.seen_courses(moodle) if functions.COURSES_BY_FIELD in names else []
    if functions.COURSES_BY_FIELD in names:
        yield from places.courses(moodle, seen, known)
    if known is not None:
        yield from places.categories(moodle.url, known, seen)
    roles = assigning.known_roles(moodle, site, seen)
    yield assigning.role_ids(moodle.url, roles)
    if seen and roles:
        yield from assigning.assigning(moodle, roles, seen[0], workers)
    if seen:
        yield from assigning.reading_back(moodle, site, seen[0], int(info["userid"]))


def _site(moodle: Moodle, info: Info, _workers: int) -> Iterator[Finding]:
    """Tell the version, and send a form as large as the largest that batchroles sends."""
    yield ok(SITE, f"{info.get('sitename')} runs Moodle {info.get('release')}.")
    if functions.USERS_BY_FIELD not in offered(info):
        return
    own, limit = int(info["userid"]), moodle.max_input_vars
    try:
        moodle.call(functions.USERS_BY_FIELD, {"field": "id", "values": [own] * moodle.max_values(others=1)})
    except CallTooLarge:
        yield failed(
            SITE,
            f"Forms of {limit:,} variables are cut: PHP's max_input_vars is smaller than --max-input-vars.",
            pages.PHP_INFO.on(moodle.url),
            "Look for max_input_vars there, and give that number as --max-input-vars.",
        )
        return
    yield ok(SITE, f"Forms of {limit:,} variables arrive whole (--max-input-vars).")
