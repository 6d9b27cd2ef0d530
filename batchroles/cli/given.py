"""What a command reads: FILE, which may be an address or standard input, or the result of a query."""

import functools
import os
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from batchroles.cli.aims import Aim, option
from batchroles.cli.options import Flags

if TYPE_CHECKING:
    from batchroles.sources import Query, Source

R = TypeVar("R")


def _query(sql_file: Path | None, db: str | None, db_password_file: Path | None) -> dict[str, object]:
    """Give the query that the flags ask for."""
    return {"query": None if sql_file is None else functools.partial(_asked, sql_file, db, db_password_file)}


query_flags = Flags(
    _query,
    signature(_query).parameters,
    [
        option(
            Aim.NIGHT,
            "--sql-file",
            type=click.Path(path_type=Path),
            metavar="Q.sql",
            help="Query whose result is read in the place of FILE.",
        ),
        option(
            Aim.NIGHT,
            "--db",
            metavar="URL",
            help="Database that answers it, as SQLAlchemy names it, without a password: sqlite:///students.db, say.",
        ),
        option(
            Aim.NIGHT,
            "--db-password-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File that holds the database's password, where BATCHROLES_DB_PASSWORD does not.",
        ),
    ],
)


def given(function: Callable[..., R]) -> Callable[..., R]:
    """Give a command the argument FILE and the flags of a query, and the command itself what is read."""

    @functools.wraps(function)
    def with_source(file: str | None, query: "Callable[[], Query] | None", **values: Any) -> R:
        return function(file=_source(file, query), **values)

    # A text, not a Path: that would take an address for a path with a slash too many.
    return click.argument("file", type=click.Path(), required=False)(query_flags(with_source))


def _source(file: str | None, query: "Callable[[], Query] | None") -> "Source":
    """Give what is read. Raises InputError for what cannot be used, UsageError where not exactly one thing is named."""
    from batchroles.sources import source_of

    if file is None:
        if query is None:
            raise click.MissingParameter(param_hint="'FILE'", param_type="argument")
        return query()
    ctx = click.get_current_context()
    # A profile may name the query of every night; somebody who names a file now means the file.
    if query is not None and ctx.get_parameter_source("sql_file") is ParameterSource.COMMANDLINE:
        raise click.UsageError("FILE and --sql-file both name what is read: leave one out.", ctx)
    return source_of(file, stdin=True)


def _asked(sql_file: Path, db: str | None, db_password_file: Path | None) -> "Query":
    from batchroles.errors import InputError
    from batchroles.sources import Query

    if not db:
        raise InputError("--sql-file needs the database that answers it: name it with --db.")
    return Query(sql_file, db, _password(db_password_file))


def _password(file: Path | None) -> str | None:
    from batchroles.config.profiles import refuse_if_others_can_read
    from batchroles.errors import InputError
    from batchroles.sources.query import PASSWORD_VARIABLE

    if value := os.environ.get(PASSWORD_VARIABLE):
        return value
    if file is None:
        return None
    try:
        refuse_if_others_can_read(file)
        # One line end, not every blank: a password may end with one.
        return file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The password file {file} cannot be read ({error}).") from error
