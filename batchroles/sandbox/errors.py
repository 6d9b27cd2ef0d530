"""Moodle's exceptions, as its web service shows them."""


class MoodleError(Exception):
    """One exception of Moodle: PHP class, error code, text in the site's language, and what debug mode adds."""

    def __init__(self, exception: str, errorcode: str | None, message: str, debuginfo: str = "") -> None:
        super().__init__(message)
        self.exception = exception
        self.errorcode = errorcode
        self.message = message
        self.debuginfo = debuginfo

    def text(self, *, display: bool) -> str:
        """Give the message; debug display repeats the reason in it."""
        return f"{self.message} ({self.debuginfo})" if display and self.debuginfo else self.message


class ConnectionCut(Exception):
    """The connection is to be closed without an answer (a fault asked for on purpose)."""


def invalid_parameter(debuginfo: str) -> MoodleError:
    """Give Moodle's answer to a parameter that it does not take."""
    text = "Invalid parameter value detected"
    return MoodleError("invalid_parameter_exception", "invalidparameter", text, debuginfo)


def invalid_response(debuginfo: str) -> MoodleError:
    """Give Moodle's answer when a function's own result does not fit its signature."""
    text = "Invalid response value detected"
    return MoodleError("invalid_response_exception", "invalidresponse", text, debuginfo)


def coding_error(hint: str, debuginfo: str = "") -> MoodleError:
    """Give Moodle's answer where one of its inner functions was called wrongly."""
    text = f"Coding error detected, it must be fixed by a programmer: {hint}"
    return MoodleError("coding_exception", "codingerror", text, debuginfo)


def not_accessible(reason: str) -> MoodleError:
    """Give Moodle's answer where the user may not enter a course or an activity."""
    text = "Course or activity not accessible."
    return MoodleError("require_login_exception", "requireloginerror", text, reason)


def no_permission(what: str) -> MoodleError:
    """Give Moodle's answer to a missing capability; `what` is the capability's English name."""
    text = f"Sorry, but you do not currently have permissions to do that ({what})."
    return MoodleError("required_capability_exception", "nopermissions", text)


def access_refused(reason: str) -> MoodleError:
    """Give Moodle's answer to a token, service or function that may not be used."""
    return MoodleError("webservice_access_exception", "accessexception", "Access control exception", reason)


def moodle_error(errorcode: str, message: str, debuginfo: str = "") -> MoodleError:
    """Give an exception of Moodle's general class."""
    return MoodleError("moodle_exception", errorcode, message, debuginfo)


def php_error(message: str) -> MoodleError:
    """Give what a fault in Moodle's own code looks like: a PHP class and no error code."""
    return MoodleError("Error", None, message)


def read_error(debuginfo: str) -> MoodleError:
    """Give Moodle's answer where the database did not take a query."""
    return MoodleError("dml_read_exception", "dmlreadexception", "Error reading from database", debuginfo)


def write_error(debuginfo: str) -> MoodleError:
    """Give Moodle's answer where the database did not take a change.

    By Moodle's source (`lib/dmllib.php`, the English language pack); it stands in no recording.
    """
    return MoodleError("dml_write_exception", "dmlwriteexception", "Error writing to database", debuginfo)


class MissingRecord(MoodleError):
    """Moodle's answer where a record must exist and does not; an empty table name is how it hides it."""

    def __init__(self, table: str, debuginfo: str = "") -> None:
        errorcode, text = "invalidrecord", f"Can't find data record in database table {table}."
        if not table:
            errorcode, text = "invalidrecordunknown", "Can't find data record in database."
        elif table == "user":
            errorcode, text = "invaliduser", "Invalid user"
        super().__init__("dml_missing_record_exception", errorcode, text, debuginfo)


def shown_query(query: str, value: int | str) -> str:
    """Write a query and its value as debug mode shows them."""
    return f"{query}\n[array (\n  0 => {value!r},\n)]"
