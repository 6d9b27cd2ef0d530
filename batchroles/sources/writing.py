"""Rows of text as the bytes of a CSV file."""

import csv
import io
from collections.abc import Generator, Iterable, Sequence

_BLOCK = 1 << 20


def csv_blocks(rows: Iterable[Sequence[str]]) -> Generator[bytes]:
    """Write rows bit by bit, in UTF-8; a row without cells is a blank line, so that those below keep their number."""
    text = io.StringIO(newline="")
    # Everything in quotation marks: a first header `sep=;` would else be taken for Excel's line of that kind.
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow(row)
        if text.tell() >= _BLOCK:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
