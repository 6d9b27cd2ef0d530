import json
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchroles.client.decoding import (
    Decoded,
    UnreadableError,
    decode_json,
    decode_xml,
    looks_cut,
    page_title,
    split_xml,
)

WARNING = "<br />\n<b>Warning</b>:  Input variables exceeded 1000. in <b>Unknown</b> on line <b>0</b><br />\n"
XML = '<?xml version="1.0" encoding="UTF-8" ?>\n'

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
values = st.recursive(
    st.none() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts.filter(bool), inner),
    max_leaves=20,
)


def as_xml(value: object) -> str:
    """Write a value as the REST server does."""
    if value is None:
        return '<VALUE null="null"/>\n'
    if isinstance(value, list):
        return "<MULTIPLE>\n" + "".join(map(as_xml, value)) + "</MULTIPLE>\n"
    if isinstance(value, dict):
        keys = (f'<KEY name="{escape(k, {chr(34): "&quot;"})}">{as_xml(v)}</KEY>\n' for k, v in value.items())
        return "<SINGLE>\n" + "".join(keys) + "</SINGLE>\n"
    return f"<VALUE>{escape(str(value))}</VALUE>\n"


@given(values)
def test_both_formats_say_the_same(value: object) -> None:
    """An answer in XML becomes the same Python values as that answer in JSON."""
    assert (
        decode_xml(f"{XML}<RESPONSE>\n{as_xml(value)}</RESPONSE>\n") == decode_json(json.dumps(value)).value
    )


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("null", Decoded(None)),
        ('\ufeff\n{"a": 1}\n', Decoded({"a": 1})),
        (WARNING + "null", Decoded(None, WARNING)),
        (WARNING + WARNING + '[{"id": 7}]', Decoded([{"id": 7}], WARNING + WARNING)),
        (
            "\nNotice: Undefined [x] in /a.php on line 3\n{}",
            Decoded({}, "\nNotice: Undefined [x] in /a.php on line 3\n"),
        ),
        (
            "PHP Deprecated:  Old in /a b.php on line 12\n\nnull",
            Decoded(None, "PHP Deprecated:  Old in /a b.php on line 12\n\n"),
        ),
        ("[1]\n" + WARNING, Decoded([1], "\n" + WARNING)),
        (WARNING + '{"message": "<b>x</b>[]"}', Decoded({"message": "<b>x</b>[]"}, WARNING)),
    ],
)
def test_notices_around_json(text: str, decoded: Decoded) -> None:
    """What PHP prints before or after the JSON is told apart from it."""
    assert decode_json(text) == decoded


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"a": ',
        "nul",
        "[1, 2",
        '{"a": 1}x',
        WARNING,
        WARNING + '{"a": [',
        "<b>{}<br>",
        "<!doctype html>\n[]",
        "<html><p>[not</html>",
        "Sign in to the network first.\nnull",
        "<p>Sign in</p>null",
        "<b>null",
        "1 null",
        "null null",
        "null\nServed by proxy 7",
        "Warning: this network is watched.\nnull",
        WARNING + "<p>Sign in</p>\nnull",
        "<br />\n<b>Warning</b>: <html><p>Sign in</p></html> in <b>a.php</b> on line <b>3</b><br />\nnull",
        "NaN",
        "[" * 100_000,
    ],
)
def test_no_complete_json(text: str) -> None:
    """A text that is no complete answer is never taken for one."""
    with pytest.raises(UnreadableError):
        decode_json(text)


@given(values, st.data())
def test_cut_json_is_noticed(value: object, data: st.DataObject) -> None:
    """An answer cut at any place is seen to be cut."""
    text = json.dumps({"list": value})
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    with pytest.raises(UnreadableError):
        decode_json(cut)
    assert looks_cut(cut)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"{XML}<RESPONSE>\n</RESPONSE>\n", None),
        (
            f'{XML}<EXCEPTION class="moodle_exception">\n<ERRORCODE>invalidtoken</ERRORCODE>\n'
            "<MESSAGE>Invalid token</MESSAGE>\n</EXCEPTION>\n",
            {"exception": "moodle_exception", "errorcode": "invalidtoken", "message": "Invalid token"},
        ),
        (f"{XML}<RESPONSE><VALUE>a\x01b\x0bc</VALUE></RESPONSE>", "abc"),
    ],
)
def test_xml_answers(text: str, value: object) -> None:
    """XML without a result is None, an exception is a dictionary, and forbidden characters are dropped."""
    assert decode_xml(text) == value


@pytest.mark.parametrize(
    "text",
    [
        f"{XML}<RESPONSE><VALUE>x</VAL",
        '<!DOCTYPE x [<!ENTITY e "lol">]><RESPONSE><VALUE>&e;</VALUE></RESPONSE>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><RESPONSE><VALUE>&e;</VALUE></RESPONSE>',
        "<RESPONSE>Sign in first</RESPONSE>",
        "<RESPONSE><P>Sign in</P></RESPONSE>",
        "<RESPONSE><VALUE>1</VALUE><VALUE>2</VALUE></RESPONSE>",
        "<RESPONSE><MULTIPLE>words<VALUE>1</VALUE></MULTIPLE></RESPONSE>",
        "<RESPONSE><SINGLE><VALUE>1</VALUE></SINGLE></RESPONSE>",
        "<html></html>",
        "<RESPONSE>" + "<MULTIPLE>" * 50_000 + "</MULTIPLE>" * 50_000 + "</RESPONSE>",
    ],
)
def test_xml_that_is_not_read(text: str) -> None:
    """XML that is cut, or that declares entities, is not read."""
    with pytest.raises(UnreadableError):
        decode_xml(text)


@pytest.mark.parametrize(
    ("text", "notice", "xml"),
    [
        (f"{XML}<RESPONSE>\n</RESPONSE>", "", f"{XML}<RESPONSE>\n</RESPONSE>"),
        (f"\ufeff{XML}<EXCEPTION", "", f"{XML}<EXCEPTION"),
        (f"{WARNING}{XML}<RESP", WARNING, f"{XML}<RESP"),
        (f"{XML}<RESPONSE>\n</RESPONSE>\n{WARNING}", f"\n{WARNING}", f"{XML}<RESPONSE>\n</RESPONSE>"),
        (f"{XML}<RESPONSE>\n</RESPONSE>\n<p>", "", f"{XML}<RESPONSE>\n</RESPONSE>\n<p>"),
        (f"{WARNING}<p>Sign in</p>{XML}<RESPONSE>", "", ""),
        ("<?xml vers", "", "<?xml vers"),
        (f"{XML}<!DOCTYPE html><html>", "", ""),
        (f"<p>{XML}<RESPONSE>", "", ""),
        ('{"a": "<?xml ?><RESPONSE>"}', "", ""),
    ],
)
def test_telling_xml(text: str, notice: str, xml: str) -> None:
    """An answer in XML is told from web pages and JSON, whether it is cut or stands after notices."""
    assert split_xml(text) == (notice, xml)


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<html><head><title>\n Log in | <b>Site</b> </title></head>", "Log in | Site"),
        ("<style>p {color: red}</style><p>It works!</p>", "It works!"),
        ("x" * 200, "x" * 80),
    ],
)
def test_title_of_a_page(page: str, title: str) -> None:
    """A web page is named by its title, or by its first words."""
    assert page_title(page) == title
