"""What an examination found: one line for each thing that was asked."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from batchroles.errors import BatchrolesError, SiteRefusal
from batchroles.text import as_json


class Grade(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARNING = "warning"
    """Works, but slower or with less than there could be."""
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """One thing that was asked."""

    step: str
    """`address`, `web services`, `REST protocol`, `token`, `service`, `user`, `looking up users` …"""
    grade: Grade
    sentence: str
    """What is so, or what is wrong."""
    page: str = ""
    """The address of the page, on that site, on which it can be mended."""
    click: str = ""
    """A sentence that says what to do there."""
    refuses: bool = False
    """Whether nothing at all can be done on the site while this is so."""
    passes: bool = False
    """Whether it may be over by itself."""

    def lines(self) -> Iterator[str]:
        """Yield the lines that a person reads."""
        yield f"{self.grade:<8} {self.step}: {self.sentence}"
        if self.page:
            yield f"{'':8} -> {self.page}"
        if self.click:
            yield f"{'':8}    {self.click}"


_WITHIN = ("refuses", "passes")
"""What is of findings for the exit code alone, and not in the JSON."""


@dataclass(frozen=True)
class Report:
    """Everything that was found."""

    site: str
    findings: Sequence[Finding]

    @property
    def exit_code(self) -> int:
        """0: nothing failed; 1: some of what batchroles does will not work; 4: the site refuses it altogether."""
        if any(finding.refuses for finding in self.findings):
            return 4
        return int(any(finding.grade is Grade.FAILED for finding in self.findings))

    @property
    def retryable(self) -> bool:
        """Whether the site refuses nothing but for the moment."""
        refusals = [finding for finding in self.findings if finding.refuses]
        return bool(refusals) and all(finding.passes for finding in refusals)

    def to_json(self) -> str:
        """Write the report as JSON."""
        content = {
            "site": self.site,
            "exit_code": self.exit_code,
            "error": next((one.sentence for one in self.findings if one.grade is Grade.FAILED), None),
            "code": {1: "not-set-up", 4: SiteRefusal.code}.get(self.exit_code),
            "retryable": self.retryable,
            "findings": [
                {name: value for name, value in asdict(finding).items() if name not in _WITHIN}
                for finding in self.findings
            ],
        }
        return as_json(content)

    def to_text(self) -> str:
        """Write the report for people."""
        return "\n".join(line for finding in self.findings for line in finding.lines())


def ok(step: str, sentence: str) -> Finding:
    """Say that a thing is as it should be."""
    return Finding(step, Grade.OK, sentence)


def warning(step: str, sentence: str, page: str = "", click: str = "") -> Finding:
    """Say that a thing could be better."""
    return Finding(step, Grade.WARNING, sentence, page, click)


def failed(step: str, sentence: str, page: str = "", click: str = "", *, refuses: bool = False) -> Finding:
    """Say that a thing is wrong."""
    return Finding(step, Grade.FAILED, sentence, page, click, refuses)


def in_words(error: BatchrolesError) -> str:
    """Give an error's sentence, with the beginning of the site's answer where it was not understood."""
    return f'{error} The answer begins: "{error.answered}"' if error.answered else str(error)
