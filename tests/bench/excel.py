"""Workbooks: a large one read, beside pandas; and the results written, beside openpyxl's write-only mode."""

from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.child import in_child
from tests.bench.lines import Line

ROWS, FEWER = 200_000, 50_000
FASTER = 4
"""How many times as fast as `pandas.read_excel` with its default engine."""
MORE_MB = 10
"""How much more memory `ROWS` rows may take than `FEWER`, for the memory to be called constant."""


def bench(folder: Path) -> list[Line]:
    """Read with both, each in a process of its own, one after the other; then write."""
    from tests.bench.rosters import Roster

    path = str(Roster(ROWS, 20_000, 2_000).write_xlsx(folder / "roster.xlsx"))
    ours, theirs = (
        in_child(f"excel:{way}", path=path) for way in ("read_with_batchroles", "read_with_pandas")
    )
    few, many, openpyxl = (
        in_child(f"excel:{way}", path=path, rows=rows)
        for way, rows in (("write_results", FEWER), ("write_results", ROWS), ("write_with_openpyxl", ROWS))
    )
    return [_reading(ours, theirs), _writing(few, many, openpyxl)]


def read_with_batchroles(path: str) -> dict[str, Any]:
    """Load the workbook as the library's users do."""
    from batchroles.library import load

    began = perf_counter()
    count = len(load(path))
    return {"seconds": perf_counter() - began, "rows": count}


def read_with_pandas(path: str) -> dict[str, Any]:
    """Load it as pandas does by itself."""
    import openpyxl  # noqa: F401 - pandas would import it while the clock runs
    import pandas as pd

    began = perf_counter()
    count = len(pd.read_excel(path))
    return {"seconds": perf_counter() - began, "rows": count}


def write_results(path: str, rows: int) -> dict[str, Any]:
    """Write `results.xlsx` of a run in which so many rows failed: more than 100,000 rows are shown only if they did."""
    from batchroles.reporter.outcomes import Columns
    from batchroles.reporter.summary import summarise
    from batchroles.reporter.workbook import write_workbook

    plan = _some_refused(path, rows)
    summary = summarise(plan, run="bench", site="https://moodle.example.org", calls={}, seconds={})
    target = Path(path).with_name(f"results-{rows}.xlsx")
    began = perf_counter()
    write_workbook(target, Columns(plan), summary)
    return {"seconds": perf_counter() - began, "rows": rows, "file_mb": target.stat().st_size / 2**20}


def write_with_openpyxl(path: str, rows: int) -> dict[str, Any]:
    """Write the same cells, without any style, with openpyxl's write-only mode."""
    import numpy as np
    from openpyxl import Workbook

    from batchroles.reporter.outcomes import Columns

    columns = Columns(_some_refused(path, rows))
    target = Path(path).with_name("openpyxl.xlsx")
    began = perf_counter()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.append(columns.headers)
    for line in zip(*columns.text(np.arange(rows), str), strict=True):
        sheet.append(line)
    book.save(target)
    return {"seconds": perf_counter() - began, "rows": rows}


def _some_refused(path: str, rows: int) -> Any:
    """Give a plan in which the first `rows` rows of a file were refused and the others done."""
    from dataclasses import replace

    import numpy as np

    from batchroles.job import plan_offline
    from batchroles.loader import ReadingOptions
    from batchroles.loader.layouts import FormatOptions
    from batchroles.models import Code, Problem, Status

    plan = plan_offline(Path(path), ReadingOptions(), FormatOptions()).plan
    refused = Problem(Code.REFUSED, "Moodle refused this row.", "Show an administrator these words.")
    failed = np.arange(len(plan.lines)) < rows
    lines = plan.lines.ruled(failed, Status.REFUSED, 0).ruled(~failed, Status.ASSIGNED)
    return replace(plan, lines=lines, problems=[refused])


def _reading(ours: dict[str, Any], theirs: dict[str, Any]) -> Line:
    ratio = theirs["seconds"] / ours["seconds"]
    return Line(
        f"Excel in, {ROWS:,} rows",
        f"{ours['seconds']:.1f} s, {ours['peak_mb']:.0f} MB; pandas.read_excel {theirs['seconds']:.1f} s"
        f" ({ratio:.1f} times as fast)",
        f"at least {FASTER} times as fast",
        ratio >= FASTER and ours["rows"] == theirs["rows"] == ROWS,
        {"batchroles": ours, "pandas": theirs},
    )


def _writing(few: dict[str, Any], many: dict[str, Any], openpyxl: dict[str, Any]) -> Line:
    more = many["peak_mb"] - few["peak_mb"]
    return Line(
        f"results.xlsx out, {ROWS:,} rows",
        f"{many['seconds']:.1f} s; openpyxl write-only {openpyxl['seconds']:.1f} s;"
        f" {more:.0f} MB more than {FEWER:,} rows",
        f"constant memory: at most {MORE_MB} MB more",
        more <= MORE_MB,
        {f"{ROWS:,} rows": many, f"{FEWER:,} rows": few, "openpyxl": openpyxl},
    )
