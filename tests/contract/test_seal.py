"""The seal of secrets, and the file that holds its key."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from scimbridge.adapters.seal import FileSeal
from scimbridge.scim.errors import Unavailable


def test_the_key_is_made_on_first_use_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "scimbridge.db.key"
    sealed = FileSeal(path).close("hush")
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"hush" not in sealed
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert FileSeal(path).open(sealed) == "hush"


def test_a_key_that_is_there_is_used(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = Fernet.generate_key()
    path.write_bytes(key + b"\n")
    assert Fernet(key).decrypt(FileSeal(path).close("hush")) == b"hush"


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    sealed = FileSeal(tmp_path / "one").close("hush")
    FileSeal(tmp_path / "two").close("x")
    with pytest.raises(Unavailable, match="sealed with another key than that in"):
        FileSeal(tmp_path / "two").open(sealed)


@pytest.mark.parametrize("content", [None, b"", b"not a key\n"])
def test_a_key_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unavailable, match=f"The seal's key file {path} "):
        FileSeal(path).open(b"x")
