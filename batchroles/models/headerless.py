"""Names for the columns of formats without a header, which the results need because they add columns of their own."""

HEADERS_OF_HEADERLESS = {
    "flatfile": ("operation", "role", "idnumber", "course idnumber", "start", "end"),
    "bulkenrol": ("email",),
    "plain": ("user",),
}
"""By format. In the vocabulary of our own format, so that the file is understood the same when it is read again."""
