import pytest

from batchroles.client.address import site_address
from batchroles.errors import InputError


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://moodle.example.edu", "https://moodle.example.edu"),
        (" https://Moodle.Example.edu/ ", "https://moodle.example.edu"),
        ("https://example.edu/Moodle/", "https://example.edu/Moodle"),
        ("https://example.edu/moodle/webservice/rest/server.php", "https://example.edu/moodle"),
        ("https://example.edu/login/token.php", "https://example.edu"),
        ("https://example.edu:8443", "https://example.edu:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.8.8.8", "http://127.8.8.8"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://moodle.localhost", "http://moodle.localhost"),
    ],
)
def test_addresses_people_write(written: str, address: str) -> None:
    """A site's address is brought into one form, with the path below the host kept."""
    assert site_address(written) == address


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (
            "moodle.example.edu",
            "The site's address is not an http or https address: write the site's address in full",
        ),
        ("", "The site's address is not an http or https address"),
        ("ftp://example.edu", "The site's address is not an http or https address"),
        ("https://", "The site's address is not an http or https address"),
        ("https://example .edu", "The site's address is not an http or https address"),
        ("https://example.edu:port", "The site's address cannot be read"),
        ("https://[::1", "The site's address cannot be read"),
        ("https://me:secret@example.edu", "The site's address must be plain"),
        ("https://example.edu?wstoken=secret", "The site's address must be plain"),
        ("https://example.edu#secret", "The site's address must be plain"),
        (
            "http://example.edu",
            "http://example.edu would send the token unprotected: use https://example.edu, or",
        ),
        ("http://127.0.0.1.example.edu", "http://127.0.0.1.example.edu would send the token unprotected"),
        ("http://10.0.0.1", "http://10.0.0.1 would send the token unprotected"),
    ],
)
def test_addresses_that_cannot_be_used(written: str, sentence: str) -> None:
    """An address that is none, or that would give the token away, is refused without quoting a secret."""
    with pytest.raises(InputError) as caught:
        site_address(written)
    assert str(caught.value).startswith(sentence)
    assert "secret" not in str(caught.value)


def test_plain_http_on_purpose() -> None:
    """Plain http to another machine is used only where it is allowed expressly."""
    assert site_address("http://example.edu/", insecure_http=True) == "http://example.edu"
