"""Reading roles back: before sending, to leave out what is so; after it, to believe nothing unseen."""

from batchroles.readback.ruling import NOT_YET, leave_out_what_is_so, unverified, verify

__all__ = ["NOT_YET", "leave_out_what_is_so", "unverified", "verify"]
