"""The result of a SQL query is read in the place of a file; the database is not changed, its password told nowhere."""

import datetime
import decimal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import URL

from batchroles.client.wire import Stop
from batchroles.errors import BatchrolesError, InputError, TemporaryFailure
from batchroles.runs.copying import copied
from batchroles.sources import Query, source
from batchroles.sources.query import plain_value
from tests.cli.running import Shell

SELECT = "SELECT name AS username, word AS role, place AS course FROM wanted ORDER BY name"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Give a SQLite database with a table of two rows."""
    path = tmp_path / "students.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE wanted (name TEXT, number REAL, word TEXT, place TEXT, born DATE)")
        rows = [
            ("anna", 71.0, "student", "C:1", "2001-02-03"),
            ("ben", None, "student", "100%", None),
        ]
        connection.executemany("INSERT INTO wanted VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return path


def query(database: Path, statement: str) -> Query:
    path = database.with_name("q.sql")
    path.write_text(statement, encoding="utf-8")
    return Query(path, f"sqlite:///{database}")


def result(database: Path, statement: str) -> list[str]:
    copy = copied(query(database, statement))
    return copy.path.read_text(encoding="utf-8").splitlines()


def refusal(asked: Query, kind: type[BatchrolesError] = InputError) -> str:
    with pytest.raises(kind) as refused:
        copied(asked)
    return str(refused.value)


def flags(database: Path, statement: str = SELECT) -> Sequence[str]:
    return ("--sql-file", str(query(database, statement).file), "--db", f"sqlite:///{database}")


def test_text_stays_text(database: Path) -> None:
    """A number beside a NULL has no .0, NULL is blank, a colon and a percent sign are what they are."""
    lines = result(
        database, "SELECT *, 'x:y' AS ':z', '%s %' AS p FROM wanted WHERE place LIKE '%:%' OR 1 = 1;"
    )
    assert lines == [
        '"name","number","word","place","born",":z","p"',
        '"anna","71","student","C:1","2001-02-03","x:y","%s %"',
        '"ben","","student","100%","","x:y","%s %"',
    ]
    assert (
        result(database, "SELECT 12345678901234567 AS a, 007 AS b, '007' AS c")[1]
        == '"12345678901234567","7","007"'
    )


def test_long_numbers_stay_whole(database: Path) -> None:
    """A number of 17 digits beside a NULL is that number, and no other person's."""
    lines = result(database, "SELECT 12345678901234567 AS number UNION ALL SELECT NULL ORDER BY 1 DESC")
    assert lines[1:] == ['"12345678901234567"', '""']


def test_values_of_other_databases() -> None:
    """A number with needless decimals is whole, a UUID is text; all else stays what it is."""
    whole, part = decimal.Decimal("71.00"), decimal.Decimal("7.5")
    day, number = datetime.date(2026, 9, 1), uuid.UUID(int=7)
    assert [plain_value(one) for one in (whole, part, day, number, None)] == [
        71,
        part,
        day,
        str(number),
        None,
    ]
    assert plain_value(decimal.Decimal("sNaN")).is_snan()


@pytest.mark.parametrize("many", [0, 25_000])
def test_many_rows_and_none(many: int, database: Path) -> None:
    """A result of many rows is read bit by bit, and one without any is a header."""
    statement = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < MANY)"
        " SELECT i AS userid, NULL AS role FROM n WHERE MANY > 0"
    )
    lines = result(database, statement.replace("MANY", str(many)))
    assert (lines[0], len(lines), lines[-1]) == (
        '"userid","role"',
        many + 1,
        f'"{many}",""' if many else '"userid","role"',
    )


def test_a_command_reads_it(database: Path, shell: Shell) -> None:
    """A command takes the query in the place of FILE; that rows are numbered from 2 is said."""
    done = shell.run("check", *flags(database), "--offline")
    assert (done.code, "row 2: assign role student to user anna in course C:1" in done.out) == (0, True)
    assert "Row 2 is the query's first row" in done.err


def test_nothing_is_changed(database: Path) -> None:
    """A query that would change something changes nothing, and is refused."""
    before = database.read_bytes()
    for statement in (
        "DELETE FROM wanted",
        "INSERT INTO wanted (name) VALUES ('eve') RETURNING name",
        "CREATE TABLE more (x)",
    ):
        assert "readonly database" in refusal(query(database, statement))
    assert "the query failed" in refusal(query(database, "SELECT 1; DELETE FROM wanted"))
    assert "gives no table: write one SELECT" in refusal(query(database, "-- nothing"))
    assert database.read_bytes() == before


def test_a_database_that_is_not_there_is_not_made(database: Path, tmp_path: Path) -> None:
    """A mistyped name is told, and no empty database of that name is left behind."""
    asked = Query(query(database, SELECT).file, f"sqlite:///{tmp_path / 'studnets.db'}")
    assert "studnets.db does not exist" in refusal(asked)
    assert not (tmp_path / "studnets.db").exists()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("SELECT color FROM wanted", "the query failed (no such column: color)"),
        (" \n", "is empty; write a SELECT into it"),
        ("SELECT x'00ff' AS username", 'q.sql holds a bytes in the column "username"'),
    ],
)
def test_queries_that_cannot_be_read(statement: str, sentence: str, database: Path) -> None:
    """What is wrong with a query is said in the database's own words, without the query."""
    told = refusal(query(database, statement))
    assert sentence in told
    assert "SELECT color" not in told


def test_somebody_who_wants_to_stop(database: Path) -> None:
    """Whoever stops the command is let go from a result without an end."""
    stop = Stop()
    stop.leave_after(0)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS userid FROM n"
    with pytest.raises(TemporaryFailure, match="was not read to its end"):
        copied(query(database, endless), stop=stop)


def test_too_much(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result without an end is left before it fills the disk."""
    monkeypatch.setattr(source, "MOST_BYTES", 1_000_000)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS userid FROM n"
    assert "gives more than" in refusal(query(database, endless))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://reader:SECRET@db.example.edu/students",
        "postgresql+psycopg://reader@db.example.edu/students?password=SECRET",
        "mysql+pymysql://db.example.edu/students?user=x&passwd=SECRET",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3DSECRET",
        "SECRET no address",
    ],
)
def test_no_password_in_an_address(address: str, database: Path, shell: Shell) -> None:
    """A password in --db is refused, wherever --db comes from, and shown nowhere."""
    file = query(database, SELECT).file
    for words, env in (
        (("--db", address), {}),
        ((), {"BATCHROLES_DB": address}),
    ):
        done = shell.run("check", "--sql-file", str(file), *words, "--offline", env=env)
        assert (done.code, "--db " in done.err, "SECRET" in done.out + done.err) == (2, True, False)
    if "://" in address:
        assert "SECRET" not in shell.run("config", "--db", address).out


def test_the_password_comes_from_the_environment_or_a_file(
    database: Path, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password that is sent is that of the variable, else of the file; a file that others can read is refused."""
    seen: list[str | None] = []

    def rows(_: Query, url: URL, __: str) -> Iterator[list[str]]:
        seen.append(url.password)
        yield ["userid"]

    monkeypatch.setattr(Query, "_rows", rows)
    file = tmp_path / "password"
    file.write_text("from a file \n")
    file.chmod(0o600)
    asked = (
        "check",
        *flags(database)[:2],
        "--db",
        "postgresql://reader@db/x",
        "--offline",
        "--role",
        "student",
    )
    asked = (*asked, "--context", "system", "--db-password-file", str(file))
    assert shell.run(*asked).code == 0
    assert shell.run(*asked, env={"BATCHROLES_DB_PASSWORD": "from the environment"}).code == 0
    assert seen == ["from a file ", "from the environment"]
    file.chmod(0o644)
    done = shell.run(*asked)
    assert (done.code, str(file) in done.err) == (2, True) if sys.platform != "win32" else done.code == 0


def test_a_password_is_in_no_error(database: Path) -> None:
    """Where the database repeats the password, or its address is shown by a debugger, it is hidden."""
    asked = Query(query(database, "SELECT SECRET").file, f"sqlite:///{database}", "SECRET")
    assert "no such column: <hidden>" in refusal(asked)
    assert "SECRET" not in repr(asked)


def test_what_is_not_installed_or_not_there(database: Path) -> None:
    """A driver that is not installed, a database nobody knows, a file that is none: one sentence each."""
    file = query(database, SELECT).file
    assert "driver for postgresql+psycopg is not installed (psycopg)" in refusal(
        Query(file, "postgresql+psycopg://u@h/d")
    )
    assert "--db: nosuch is no database that SQLAlchemy knows" in refusal(Query(file, "nosuch://u@h/d"))
    database.write_bytes(b"no database at all " * 100)
    assert "the query failed (file is not a database)" in refusal(query(database, SELECT))
    database.unlink()
    database.mkdir()
    assert "does not exist" in refusal(query(database, SELECT))


def test_without_the_extra(database: Path) -> None:
    """Without SQLAlchemy the sentence says what to install."""
    code = (
        "import sys\n"
        "class Without:\n"
        "    def __init__(self, finder): self.finder = finder\n"
        "    def find_spec(self, name, *more):\n"
        "        return None if name == 'sqlalchemy' else self.finder.find_spec(name, *more)\n"
        "sys.meta_path[:] = map(Without, sys.meta_path)\n"
        "from batchroles.cli import main\n"
        f"sys.argv = ['batchroles', 'check', '--offline', *{list(flags(database))!r}]\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, "pip install batchroles[sql]" in done.stderr) == (2, True)


def test_one_thing_is_read(database: Path, shell: Shell) -> None:
    """FILE beside a query that was typed is refused; a query that a setting names gives way to FILE."""
    (database.parent / "rows.csv").write_text("username,role,course\ncarl,student,C1\n")
    both = shell.run("check", "rows.csv", *flags(database), "--offline")
    assert (both.code, "FILE and --sql-file both name what is read" in both.err) == (2, True)
    env = {"BATCHROLES_SQL_FILE": flags(database)[1], "BATCHROLES_DB": flags(database)[3]}
    assert "user carl" in shell.run("check", "rows.csv", "--offline", env=env).out
    assert "user anna" in shell.run("check", "--offline", env=env).out
    assert "Missing argument 'FILE'" in shell.run("check", "--offline").err
    alone = shell.run("check", "--offline", *flags(database)[:2])
    assert (alone.code, "name it with --db" in alone.err) == (2, True)
