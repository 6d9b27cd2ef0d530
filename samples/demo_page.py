"""What `make demo-page` does: start a practice Moodle and the registrar's page on it, until Ctrl-C."""

import subprocess
import sys

from samples.demo import BATCHROLES, ROSTER, practice_site, say


def main() -> int:
    """Serve the page; gives its exit code."""
    with practice_site() as place:
        say("batchroles web")
        print(f"The page opens in your browser: give it samples/{ROSTER.name}. Ctrl-C ends both.", flush=True)
        try:
            return subprocess.run([*BATCHROLES, "web"], env=place, check=False).returncode  # noqa: S603 - fixed words
        except KeyboardInterrupt:
            return 0  # the page has ended by the same Ctrl-C


if __name__ == "__main__":
    sys.exit(main())
