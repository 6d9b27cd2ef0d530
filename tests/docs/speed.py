"""Put the figures of the last `make bench` into CONTRIBUTING: `python -m tests.docs.speed`."""

import json
import re

from tests.bench.lines import Line, table
from tests.docs.pages import CONTRIBUTING, ROOT

MACHINE = re.compile(r"^Measured by `make bench` on .*?:$", re.MULTILINE)
TABLE = re.compile(r"^\| what +\| measured .*?\n(?=\n)", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Replace the table and the machine's description."""
    found = json.loads((ROOT / "bench.json").read_text(encoding="utf-8"))
    lines = [
        Line(**{name: value for name, value in one.items() if name != "verdict"}) for one in found["lines"]
    ]
    content = CONTRIBUTING.text()
    content = MACHINE.sub(f"Measured by `make bench` on {found['machine']}:", content, count=1)
    content = TABLE.sub(lambda _: f"{table(lines)}\n", content, count=1)
    CONTRIBUTING.path.write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
