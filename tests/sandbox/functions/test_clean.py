"""Values as Moodle's parameter types clean them."""

import pytest

from batchroles.sandbox.functions.clean import CLEANERS


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        *((word, "1") for word in ("1", "on", "Yes", "TRUE", "abc", "0.0", "00", " ", "-1", "[]")),
        *((word, "0") for word in ("0", "", "off", "No", "FALSE")),
    ],
)
def test_truth_is_cleaned_as_in_moodle(text: str, cleaned: str) -> None:
    """Three words and what PHP calls empty are false; all else is true."""
    assert CLEANERS["bool"](text) == cleaned


SPANS = '<span lang="en" class="multilang">Physics</span><span class="multilang" lang="de">Physik</span>'
LANGS = '<lang lang="en">Physics</lang><lang lang="de_x">Physik</lang>'


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a < b & <b>c</b> > d", "a < b & c > d"),
        ("cut <b off", "cut "),
        (SPANS, SPANS),
        (LANGS, LANGS),
        (f"<p>{SPANS}</p>", SPANS),
        (f"{LANGS} <b", f"{LANGS} "),
        (f'{LANGS} <lang lang="fr"', f"{LANGS} "),
        (f"{LANGS}<span>x</span>", f"{LANGS}x"),
        ('<span class="multilang">Physics</span>', "Physics"),
        ('<span lang="en" class="other">Physics</span>', "Physics"),
        ('<SPAN lang="en" class="multilang">Physics</span>', "Physics"),
        ("<lang lang='en'>Physics</lang>", "Physics"),
        ('<lang lang="en">Physics</lang></lang>', "Physics"),
        ('<lang lang="en">Physics</lang><lang lang="de">Physik', "PhysicsPhysik"),
        ('<lang lang="en">Physics', "Physics"),
        (f"<lang>x</lang>{SPANS}", "xPhysicsPhysik"),
    ],
)
def test_texts_keep_the_tags_of_languages(text: str, cleaned: str) -> None:
    """Tags go, except those of a text in several languages where each is written as Moodle wants it."""
    assert CLEANERS["text"](text) == cleaned
