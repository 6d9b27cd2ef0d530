"""Secrets out of whatever a site says: the one place that knows how a secret may be spelled."""

import re
from base64 import b64encode
from functools import cached_property
from html.entities import codepoint2name

from batchroles.client.wire import Answer
from batchroles.errors import BatchrolesError

HIDDEN = "<hidden>"
_RUN = 8
"""Letters of a secret that are looked for in what people read: a site may have cut the text itself. A token of fewer is
no secret, and would be found in every word; Moodle's have 32."""
_MOST_TOLD = 2_000
"""Letters of a text that people are told; what is longer is no message."""
_LONG = 1_000_000
"""Bytes of an answer that no message has; a secret is looked for in longer ones as it stands only."""
_ESCAPE = re.compile(r"[%&]|\\[^/]")
_ESCAPE_IN_BYTES = re.compile(_ESCAPE.pattern.encode())
"""What the escapes of letters and digits begin with; a slash is none, and PHP escapes it in every address."""


class Mask:
    """Hides one secret. `answer` comes first, on what the site sent; `told` last, on what is told of it."""

    def __init__(self, secret: str, *, shortest: int = _RUN) -> None:
        """`shortest`: a secret of fewer letters is not hidden."""
        self._secret = secret if len(secret) >= shortest else ""

    def __repr__(self) -> str:
        return f"Mask({HIDDEN})"

    def answer(self, answer: Answer, *, pieces: bool = False) -> Answer:
        """Hide the secret in an answer as it was sent, before anything is read out of it or cut.

        `pieces`: those of the secret, too, where nothing but a text for people will be read out of it.
        """
        if not self._secret:
            return answer
        # As they are asked for, `Retry-After`: a proxy may write them small.
        headers = {name.title(): self._hidden(text) for name, text in answer.headers.items()}
        content = self._without(answer.content)
        if pieces and len(content) <= _LONG:
            content = self._hidden(content.decode("utf-8", errors="replace")).encode()
        return Answer(answer.status, headers, content)

    def _without(self, content: bytes) -> bytes:
        if len(content) > _LONG:
            return content.replace(self._secret.encode(), HIDDEN.encode())
        return content if self._surely_not_in(content) else self._whole_bytes.sub(HIDDEN.encode(), content)

    def _surely_not_in(self, content: bytes) -> bool:
        """Tell without the pattern, which tries every byte in turn: a third of the time that an answer takes to read.

        A secret of plain letters and digits, as Moodle's tokens are, stands in the answer as it is, or in base64, or
        with at least one escape.
        """
        if not self._is_plain:
            return False
        small = content.lower()
        return not any(one in small for one in self._unescaped_bytes) and not _ESCAPE_IN_BYTES.search(content)

    @property
    def _is_plain(self) -> bool:
        return self._secret.isascii() and self._secret.isalnum()

    def told(self, text: str) -> str:
        """Hide the secret and its longer pieces in a text for people, and cut what is no message."""
        text = text if len(text) <= _MOST_TOLD else text[:_MOST_TOLD] + "…"
        return self._hidden(text) if self._secret else text

    def _hidden(self, text: str) -> str:
        if self._no_piece_in(text):
            return text
        text, shown, end = self._whole.sub(HIDDEN, text), "", 0
        for begin, over in self._runs(text):
            shown, end = shown + text[end:begin] + HIDDEN, over
        return shown + text[end:]

    def _no_piece_in(self, text: str) -> bool:
        """Tell without the patterns, which take a tenth of a second to make: most commands never need them."""
        if not self._is_plain or _ESCAPE.search(text):
            return False
        small = text.lower()
        return not any(one in small for one in self._unescaped) and not any(
            piece in text for piece in _pieces_of(self._secret)
        )

    def error(self, error: BatchrolesError) -> BatchrolesError:
        """Hide it in all that an error tells."""
        error.args = tuple(self.told(part) if isinstance(part, str) else part for part in error.args)
        for name, value in vars(error).items():
            if isinstance(value, str):
                setattr(error, name, self.told(value))
        return error

    def _runs(self, text: str) -> list[tuple[int, int]]:
        """Give the places where at least `_RUN` letters of the secret follow each other, those that overlap as one."""
        found: list[tuple[int, int]] = []
        for match in self._pieces.finditer(text):
            begin, over = match.start(), match.start() + len(match[1])
            if found and begin <= found[-1][1]:
                begin, over = found.pop()[0], over
            found.append((begin, over))
        return found

    @cached_property
    def _unescaped(self) -> list[str]:
        """Give the spellings without escapes, in small letters."""
        return [one.lower() for one in (self._secret, *_in_base64(self._secret))]

    @cached_property
    def _unescaped_bytes(self) -> list[bytes]:
        return [one.encode() for one in self._unescaped]

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return re.compile(_spellings(self._secret))

    @cached_property
    def _whole_bytes(self) -> re.Pattern[bytes]:
        return re.compile(_spellings(self._secret).encode())

    @cached_property
    def _pieces(self) -> re.Pattern[str]:
        """Look ahead for any piece, so that pieces that overlap are all found."""
        return re.compile(f"(?=({'|'.join(map(_spelled, _pieces_of(self._secret)))}))")


def _pieces_of(secret: str) -> list[str]:
    """Give each piece of `_RUN` letters; of a shorter secret the whole."""
    starts = range(max(1, len(secret) - _RUN + 1))
    return list(dict.fromkeys(secret[start : start + _RUN] for start in starts))


def _spellings(secret: str) -> str:
    """Write a pattern for a secret, letter by letter as escaped for JSON, HTML or an address, and inside base64."""
    return "|".join([_spelled(secret, any_case=True), *map(re.escape, _in_base64(secret))])


def _spelled(text: str, *, any_case: bool = False) -> str:
    forms = ([one, one.lower(), one.upper()] if any_case else [one] for one in text)
    return "".join(f"(?:{'|'.join(_letter(same))})" for same in forms)


def _letter(forms: list[str]) -> list[str]:
    """Give patterns for one letter in its forms: as it is, escaped for an address, for JSON, for HTML."""
    forms = [form for form in dict.fromkeys(forms) if len(form) == 1]
    plain = [re.escape(form) if form.isalnum() else rf"\\*{re.escape(form)}" for form in forms]
    escaped = [pattern for form in forms for pattern in _escapes(form)]
    return [*plain, *(["\\+"] if " " in forms else []), *escaped]


def _escapes(letter: str) -> list[str]:
    code, units = ord(letter), letter.encode("utf-16-be", "surrogatepass").hex()
    percent = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in letter.encode("utf-8", "surrogatepass"))
    json = "".join(rf"\\+u(?i:{units[place : place + 4]})" for place in range(0, len(units), 4))
    named = [f"&(?:amp;)*{codepoint2name[code]};"] if code in codepoint2name else []
    return [percent, json, f"&(?:amp;)*#(?:0*{code}|(?i:x0*{code:x}));", *named]


def _in_base64(secret: str) -> list[str]:
    """Give what base64 makes of a secret wherever it begins, without the ends that depend on what stands beside it."""
    if len(secret) < _RUN:
        return []
    spelled = []
    for before in range(3):
        raw = b"\0" * before + secret.encode("utf-8", "surrogatepass")
        core = b64encode(raw).decode().rstrip("=")[-(-before * 4 // 3) :]
        core = core if len(raw) % 3 == 0 else core[:-1]
        spelled += [core, core.replace("+", "-").replace("/", "_")]
    return list(dict.fromkeys(spelled))
