"""`python -m tests.bench [NAME …]`: measure, print a table, write `bench.json`; all of it in under eight minutes.

`year` runs by its name alone.
"""

import json
import os
import platform
import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.child import ROOT
from tests.bench.lines import Line, table

NAMES = (
    "start",
    "client_alone",
    "excel",
    "calls_used",
    "lookups",
    "census",
    "exporting",
    "comparing",
    "cold_start",
    "latency",
    "orders",
    "over_http",
    "page",
)
"""The modules with a `bench` function, in the order in which they run."""


def main() -> None:
    """Run the benchmarks asked for, or all."""
    began, lines = perf_counter(), list[Line]()
    for name in sys.argv[1:] or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        with TemporaryDirectory(prefix="batchroles-bench-") as folder:
            lines += import_module(f"tests.bench.{name}").bench(Path(folder))
    minutes = (perf_counter() - began) / 60
    print(f"{machine()}\n\n{table(lines)}\n\n{_closing(lines)}; {minutes:.1f} minutes")
    content = {
        "machine": machine(),
        "when": datetime.now().astimezone().isoformat(timespec="seconds"),
        "minutes": minutes,
        "lines": [{**vars(line), "verdict": line.verdict} for line in lines],
    }
    (ROOT / "bench.json").write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def machine() -> str:
    """Describe this machine in one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _closing(lines: list[Line]) -> str:
    missed = [line.what for line in lines if not line.met]
    return f"missed: {'; '.join(missed)}" if missed else f"all {len(lines)} targets met"


if __name__ == "__main__":
    main()
