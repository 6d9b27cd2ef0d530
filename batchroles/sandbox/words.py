"""Lists of words, written as text."""


def words(text: str) -> list[str]:
    """Give the words of a text: a list that is easier to read than one of quoted strings."""
    return text.split()
