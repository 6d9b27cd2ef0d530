"""The exceptions, sorted by what the caller does next.

BatchrolesError                 the root: a sentence for people, and the exit code of a command it ends
├── InputError                  mend the file or the flags, nothing was sent            exit 2
│   └── RunError                this run cannot be used as asked                         exit 2
├── CallRefused                 Moodle refused this call: split it, or report its row
│   └── CallTooLarge             the site cannot take a call of this size: send fewer rows
├── SiteRefusal                 stop at once: the site refuses this client altogether    exit 4
│   └── NotInService            only this function is not there: do without it, if you can
├── TemporaryFailure            try again later: no answer, or not now                   exit 5
│   ├── NoAnswer                the call was sent and may have been done
│   └── SiteBusy                another run works on the site
├── StoppedByGuard              what was asked for looks like a mistake; nothing was sent    exit 3
├── Skipped                     another run works on the site, and that is no failure    exit 0
└── Interrupted                 a person or a scheduler stopped it                       exit 130
"""

from typing import ClassVar


class BatchrolesError(Exception):
    """Root of all errors of this package. `str(error)` is one sentence that says what is wrong and what to do."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "failed"
    """One word for the kind, for programs that read the JSON of a command."""
    retryable: ClassVar[bool] = False
    """Whether the same command may go through later without anybody having done anything."""
    answered: str = ""
    """How an answer of the site began that was not understood; mostly empty."""


class InputError(BatchrolesError):
    """A file, a flag or a setting that cannot be used as it is; nothing was sent."""

    exit_code = 2
    code = "input"


class RunError(InputError):
    """A run that cannot be used as asked: not found, damaged, of another site, or in another process's hands."""

    code = "run"


class CallRefused(BatchrolesError):
    """Moodle answered a call with an exception about what the call carried."""

    code = "call-refused"

    def __init__(self, function: str, errorcode: str, message: str, debuginfo: str = "") -> None:
        super().__init__(f"Moodle refused {function}: {message} ({errorcode})")
        self.function = function
        self.errorcode = errorcode
        self.message = message
        self.debuginfo = debuginfo
        self.absent = ""
        """The place that the call named by an id and that a look-up does not find: `course with the id 7`."""


class CallTooLarge(CallRefused):
    """The call was larger than the web server or PHP takes; a smaller one may well be accepted."""


class SiteRefusal(BatchrolesError):
    """The site refuses this client whatever it sends: token, service, function, permission, address."""

    exit_code = 4
    code = "site-refused"

    def __init__(self, sentence: str, errorcode: str = "") -> None:
        super().__init__(sentence)
        self.errorcode = errorcode
        self.maybe_done = False
        """Whether the change that was refused so may have been done: by an earlier attempt without an answer, or
        because the answer was not Moodle's own."""


class NotInService(SiteRefusal):
    """The token's service lacks a function, or the site does; nothing else is wrong."""

    code = "function-missing"


class TemporaryFailure(BatchrolesError):
    """The site cannot be reached or is not answering now, and further attempts are used up."""

    exit_code = 5
    code = "temporary"
    retryable = True


class NoAnswer(TemporaryFailure):
    """A call was sent and no answer came: it may or may not have been done."""

    code = "no-answer"


class SiteBusy(TemporaryFailure):
    """Another run works on the site, and nothing was sent."""

    code = "site-busy"


class StoppedByGuard(BatchrolesError):
    """A guard keeps from sending anything, because what was asked for looks like a mistake."""

    exit_code = 3
    code = "guard"


class Skipped(BatchrolesError):
    """Another run works on the site, nothing was sent, and whoever started this wanted no more than that."""

    exit_code = 0
    code = "skipped"
    retryable = True


class Interrupted(BatchrolesError):
    """A person or a scheduler stopped the command before anything was sent."""

    exit_code = 130
    code = "interrupted"
    retryable = True
