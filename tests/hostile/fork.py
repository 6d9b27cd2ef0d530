"""Commands in processes of their own that need no second for their imports: copies of this one.

Takes a line of JSON for each on stdin, and gives a line with the exit code and the largest memory in bytes.
"""

import faulthandler
import json
import os
import sys

import batchroles.cli.files
import batchroles.cli.runs
import batchroles.cli.talking
import batchroles.client.transport
import batchroles.reporter.workbook
import batchroles.validator.probe  # noqa: F401 - what every run needs
from batchroles.cli import main


def run(words: list[str], folder: str, most: float) -> None:
    """Become the command; where it takes too long, say where it stands and end."""
    os.chdir(folder)
    faulthandler.enable()
    faulthandler.dump_traceback_later(most, exit=True)
    for name, stream in (("out", sys.stdout), ("err", sys.stderr)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # A command finds a stdin that nobody has read from yet.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.argv = ["batchroles", *words]
    main()


def serve() -> None:
    """Run what is asked for, one after the other."""
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            run(asked["words"], asked["folder"], asked["most"])
        _, status, used = os.wait4(child, 0)
        unit = 1 if sys.platform == "darwin" else 1024
        print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_maxrss * unit]), flush=True)


if __name__ == "__main__":
    serve()
