"""Defects told to whoever runs the page: where they happened, and nothing of what people gave."""

import sys
import threading
import traceback


def told(error: BaseException) -> str:
    """Tell where an error came from. Its own words may hold a row of a file, and are left out."""
    seen: list[str] = []
    now: BaseException | None = error
    while now is not None and len(seen) < 5:
        frames = "".join(traceback.format_tb(now.__traceback__))
        seen.append(f"{frames}{type(now).__module__}.{type(now).__qualname__}")
        now = now.__cause__ or now.__context__
    return "\nwhich came from\n".join(["a defect in batchroles itself, please report the lines below", *seen])


def tell_of_threads() -> None:
    """Have threads, too, tell of their defects in this way."""

    def tell(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            print(told(args.exc_value), file=sys.stderr, flush=True)

    threading.excepthook = tell
