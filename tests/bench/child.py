"""A measurement in a process of its own: nothing is warm, and the peak of memory is that of this measurement alone."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROC = Path("/proc/self/status")


def in_child(function: str, **params: Any) -> dict[str, Any]:
    """Call `module:function` of this package in a new process; gives what it returns, with `peak_mb` added.

    Parameters and result must be fit for JSON. Raises RuntimeError with the child's own words where it fails.
    """
    command = [sys.executable, "-m", "tests.bench.child", function, json.dumps(params)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise RuntimeError(f"{function} failed: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak_mb() -> float:
    """Give the most memory that this process had, in MB (2**20 bytes); 0 on Windows, where it is not measured."""
    if PROC.is_file():
        # Not ru_maxrss: Linux begins it with the size of the parent process.
        line = next(
            line for line in PROC.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")
        )
        return int(line.split()[1]) / 1024
    if sys.platform == "win32":
        return 0.0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Do what `in_child` asks for."""
    module, _, function = sys.argv[1].partition(":")
    result = getattr(import_module(f"tests.bench.{module}"), function)(**json.loads(sys.argv[2]))
    print(json.dumps({**result, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
