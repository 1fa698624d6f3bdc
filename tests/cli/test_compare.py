"""The file of `scimbridge compare`."""

from pathlib import Path

import pytest

from scimbridge.cli.compare import read_contacts
from scimbridge.cli.output import Refused

GOOD = """
[[server]]
name = "ours"
base-url = "https://scim.example.test/v2/"
token-file = "token"

[[server]]
name = "theirs"
base-url = "https://kc.example.test/realms/acme/scim/v2"
client-id = "scim"
client-secret-file = "secret"
token-url = "https://kc.example.test/token"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("a-token\n")
    (tmp_path / "secret").write_text("a-secret\n")
    return tmp_path / "servers.toml"


def test_it_names_servers_and_files_that_hold_their_secrets(file: Path) -> None:
    file.write_text(GOOD)
    ours, theirs = read_contacts(file)
    assert (ours.name, ours.base_url, ours.token) == ("ours", "https://scim.example.test/v2", "a-token")
    assert (theirs.client_id, theirs.client_secret) == ("scim", "a-secret")


def test_basic_is_a_way_in_too(file: Path) -> None:
    (file.parent / "password").write_text("secret\n")
    file.write_text('[[server]]\nname = "x"\nbase-url = "https://x"\nusername = "u"\npassword-file = "password"')
    (contact,) = read_contacts(file)
    assert (contact.username, contact.password) == ("u", "secret")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[[server", "cannot be read"),
        ("", "no [[server]]"),
        ("server = 1", "no [[server]]"),
        ('[[server]]\nbase-url = "https://x"', "name is missing"),
        ('[[server]]\nname = "x"\nbase-url = "https://x"', "needs token-file"),
        ('[[server]]\nname = "x"\nbase-url = "https://x"\ntoken = "clear"', "no key 'token'"),
        ("[[server]]\nname = 1", "name is to be text"),
        ('[[server]]\nname = "x"\nbase-url = "https://x"\ntoken-file = "none"', "cannot be read"),
        ('[[server]]\nname = "x"\nbase-url = "https://x"\ntoken-file = "token"\nsign-in-id = "a"', "sign-in-secret"),
    ],
)
def test_what_is_wrong_with_it_is_named(file: Path, content: str, words: str) -> None:
    file.write_text(content)
    with pytest.raises(Refused) as refused:
        read_contacts(file)
    assert words in str(refused.value)
