"""The whole examination, in the order in which a site is set up; it ends where nothing more can be known."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from batchroles.client import Moodle, functions
from batchroles.client.service import Info
from batchroles.directory.categories import Categories
from batchroles.doctor import assigning, lookups, pages
from batchroles.doctor.access import TOKEN, USER, TokenScript, account, after, offer, offered, why_not
from batchroles.doctor.findings import Finding, Report, failed, in_words, ok
from batchroles.doctor.reports import REPORTS, reports
from batchroles.errors import BatchrolesError, CallRefused, CallTooLarge, SiteRefusal, TemporaryFailure
from batchroles.models.references import RoleMap

SITE = "site"
TASK = "assign"
"""The task whose functions must be there; for taking roles away one more is wanted."""


def first_steps(moodle: Moodle, token_script: TokenScript) -> Report:
    """Ask what must be so before anything can be tried: from the address to the account of the token's user."""
    return Report(moodle.url, _first_steps(moodle, token_script)[0])


def examine(moodle: Moodle, token_script: TokenScript, *, role_map: RoleMap | None = None) -> Report:
    """Ask everything that can be asked without writing. Raises nothing of the site's: it is all in the report."""
    findings, info = _first_steps(moodle, token_script)
    if info is None or any(finding.refuses for finding in findings):
        return Report(moodle.url, findings)
    trial = Trial(moodle, info, role_map or {})
    for name, question in trial.questions().items():
        findings += _asked(question(), name)
    return Report(moodle.url, findings)


def _first_steps(moodle: Moodle, token_script: TokenScript) -> tuple[list[Finding], Info | None]:
    try:
        info = moodle.site_info()
    except BatchrolesError as error:
        return why_not(moodle, error, token_script), None
    who = f"{info.get('username')} ({info.get('fullname')})"
    findings = after(moodle.url, TOKEN, ok(TOKEN, f"The site knows the token; it belongs to {who}."))
    findings += offer(info, moodle.url, TASK)
    findings += _asked(account(moodle, info), USER)
    return findings, info


def _asked(findings: Iterable[Finding], step: str) -> list[Finding]:
    """Collect findings; a site that refuses or goes away in the middle ends them with one more."""
    collected = []
    try:
        for finding in findings:
            collected.append(finding)  # noqa: PERF402 - what came before an exception counts
    except (SiteRefusal, CallRefused, TemporaryFailure) as error:
        passing = isinstance(error, TemporaryFailure)
        collected.append(replace(failed(step, in_words(error), refuses=passing), passes=passing))
    return collected


@dataclass(frozen=True)
class Trial:
    """Everything that is tried once the site lets batchroles in."""

    moodle: Moodle
    info: Info
    role_map: RoleMap

    def questions(self) -> dict[str, Callable[[], Iterator[Finding]]]:
        """Give what is tried, by what it is about."""
        return {
            lookups.USERS: self.find_users,
            lookups.COURSES: self.find_places,
            REPORTS: self.look_at_reports,
            SITE: self.describe_site,
        }

    def find_users(self) -> Iterator[Finding]:
        """Look users up."""
        if functions.USERS_BY_FIELD in offered(self.info):
            yield from lookups.users(self.moodle, int(self.info["userid"]))

    def find_places(self) -> Iterator[Finding]:
        """Look courses and categories up, and with the courses everything about roles."""
        names = offered(self.info)
        known = Categories(self.moodle) if functions.CATEGORIES in names else None
        seen = lookups.seen_courses(self.moodle, names)
        if functions.COURSES_BY_FIELD in names:
            yield from lookups.courses(self.moodle, seen, known)
        if known is not None:
            yield from lookups.categories(self.moodle, known, seen)
        yield from self.try_roles(seen)

    def try_roles(self, seen: Sequence[lookups.SeenCourse]) -> Iterator[Finding]:
        """Tell the role ids, and try in a course what may be done with them."""
        roles = assigning.known_roles(self.moodle, self.role_map, seen)
        yield assigning.role_ids(self.moodle.url, roles)
        if seen and roles.roles:
            yield from assigning.assigning(self.moodle, roles.roles, seen[0])
        else:
            yield assigning.not_tried(roles.roles)
        if seen:
            yield from assigning.reading_back(self.moodle, seen[0], int(self.info["userid"]))

    def look_at_reports(self) -> Iterator[Finding]:
        """Look whether the optional reports are there and fit."""
        yield from reports(self.moodle, self.info)

    def describe_site(self) -> Iterator[Finding]:
        """Tell the version, and whether the largest form that batchroles sends arrives whole."""
        yield ok(SITE, f"{self.info.get('sitename')} runs Moodle {self.info.get('release')}.")
        if functions.USERS_BY_FIELD in offered(self.info):
            yield self.largest_form()

    def largest_form(self) -> Finding:
        """Ask for one user so often that the form has as many variables as are ever sent."""
        moodle, own = self.moodle, int(self.info["userid"])
        try:
            moodle.call(
                functions.USERS_BY_FIELD, {"field": "id", "values": [own] * moodle.max_values(others=1)}
            )
        except CallTooLarge:
            return failed(
                SITE,
                f"Forms of {moodle.max_input_vars:,} variables are cut: PHP's max_input_vars is smaller than"
                " --max-input-vars.",
                pages.PHP_INFO.on(moodle.url),
                "Look for max_input_vars there, and give that number as --max-input-vars.",
            )
        return ok(SITE, f"Forms of {moodle.max_input_vars:,} variables arrive whole (--max-input-vars).")
