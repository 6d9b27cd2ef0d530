"""Files that are whole or not there."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchroles.errors import BatchrolesError, TemporaryFailure


@contextmanager
def beside(path: Path, failure: type[BatchrolesError] = TemporaryFailure) -> Iterator[Path]:
    """Give a path beside `path` to write to, which takes its place at the end; on an error nothing remains.

    Raises `failure` where it cannot be written: on Windows, say, while Excel has it open.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        yield draft
        draft.replace(path)
    except OSError as error:
        raise failure(f"{path} cannot be written ({error.strerror or error}): {_advice(error)}") from error
    finally:
        draft.unlink(missing_ok=True)


def _advice(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room on the disk, then run the same command again, or batchroles apply RUN"
    return "close it where it is open, and try again"
