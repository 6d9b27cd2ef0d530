"""The group of commands, and the one place that turns an error into a sentence and an exit code."""

import errno
import gc
import sys
import traceback
from contextlib import suppress

import click

from batchroles.cli.commands import Commands, unknown_flag
from batchroles.cli.settings import completed
from batchroles.cli.streams import safe_streams
from batchroles.cli.watching import Ending, Watch
from batchroles.errors import BatchrolesError

# \b keeps click from making one paragraph of the lines below it.
EXIT_CODES = """\b
Exit codes:
  0    every row is done, or was so already
  1    finished; some rows failed
  2    wrong usage, or an input that cannot be read; nothing was sent
  3    a guard stopped it, or withheld removals; nothing of that was sent
  4    the site refuses us: token, service, function, permission, address
  5    a temporary failure; batchroles apply RUN goes on
  70   a defect in batchroles itself; batchroles apply RUN goes on
  130  interrupted; batchroles apply RUN goes on
"""


@click.command(cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="batchroles")
def batchroles() -> None:
    """Bulk role assignment for Moodle, from a spreadsheet, from outside the server.

    MOODLE_URL and MOODLE_TOKEN say where, or a profile that batchroles login makes; try it on a practice Moodle
    first: batchroles sandbox. Every flag can also be set by an environment variable, --chunk-size by
    BATCHROLES_CHUNK_SIZE, and those of commands that speak to a site by a key of the profile, chunk-size.
    """


def main() -> None:
    """Run a command and exit."""
    spare_the_collector()
    watch = Watch()
    with safe_streams() as results:
        ending = _ended(watch)
        watch.speak(ending)
        if results.failed is not None:
            ending = _unwritten(results.failed, ending)
        with suppress(KeyboardInterrupt):  # who does not wait for the run does not wait for a ping
            watch.keep(ending)
    sys.exit(ending.exit_code)


def spare_the_collector() -> None:
    """Let Python look for garbage less often: nearly all that a command makes stays until its end.

    A practice site spends a third of its time on looking otherwise, the client a twentieth.
    """
    gc.set_threshold(50_000, 20, 1_000)


def _ended(watch: Watch) -> Ending:
    try:
        # standalone_mode: click would else end the process itself, with exit codes of its own.
        code = batchroles.main(prog_name="batchroles", standalone_mode=False, obj=watch)
    except BatchrolesError as error:
        return _said(Ending.of(error))
    # Before ClickException, which it is as well.
    except click.UsageError as error:
        told = unknown_flag(error) if isinstance(error, click.NoSuchOption) else completed(error)
        watch.begin_wrongly(error.ctx, sys.argv[1:])
        told.show()
        return Ending(2, told.format_message(), "usage")
    except click.ClickException as error:
        return _said(Ending(error.exit_code, error.format_message(), "usage"))
    except (KeyboardInterrupt, click.Abort):
        return _said(Ending.interrupted())
    except OSError as error:
        if error.filename is None:
            return _defect()
        # A file or folder of the user that nobody foresaw: a name that is too long, a disk that was taken away.
        return _said(Ending.unforeseen(f"{error.filename}: {error.strerror}"))
    except Exception:
        return _defect()
    return Ending(code if isinstance(code, int) else 0)


def _defect() -> Ending:
    traceback.print_exc()
    sentence = (
        "this is a defect in batchroles itself, please report the lines above; what was sent is in the run's journal,"
        " and batchroles apply RUN goes on"
    )
    return _said(Ending(70, sentence, "defect"))


def _unwritten(reason: OSError, ending: Ending) -> Ending:
    """Say that results could not be written; the exit code stays, unless it says that all is well."""
    said = f"what was to be printed could not be written to stdout ({reason.strerror})"
    if reason.errno != errno.EPIPE:  # whoever stopped reading knows it
        _said(Ending(ending.exit_code, said))
    return ending if ending.exit_code else Ending.unforeseen(said)


def _said(ending: Ending) -> Ending:
    click.echo(f"batchroles: {ending.error}", err=True)
    return ending
