"""Files that describe a realm, as they are read and written."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.config import ConfigError
from scimbridge.config.declared import read_declared, reference_reader, write_declared

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("2026-01-31", "2026-01-31"),
        ("012", "012"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0 3 * * *", "0 3 * * *"),
        ("true", True),
        ("", None),
        ("~", None),
        ("-3", -3),
        ("0.2", 0.2),
        ("1.0e+3", 1000.0),
        ("1e3", "1e3"),
        ('"3"', "3"),
        ("{env: KC_SECRET}", {"env": "KC_SECRET"}),
    ],
)
def test_yaml_is_read_by_its_newer_rules(tmp_path: Path, written: str, read: Any) -> None:
    """Country codes, dates and times are texts, and only true and false are truth values."""
    file = tmp_path / "acme.yaml"
    file.write_text(f"value: {written}\n")
    assert read_declared(file) == {"value": read}
    assert type(read_declared(file)["value"]) is type(read)


@given(st.dictionaries(st.text(), VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> None:
    file = tmp_path_factory.mktemp("declared") / "acme.yaml"
    file.write_text(write_declared(document), encoding="utf-8")
    assert read_declared(file) == document


def test_toml_is_known_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text('realm = "acme"\n[applications.portal.connection]\nurl = "https://x.example.test"\n')
    connection = {"url": "https://x.example.test"}
    assert read_declared(file) == {"realm": "acme", "applications": {"portal": {"connection": connection}}}


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "acme.yaml",
            b"realm: acme\napplications:\n  a: 1\n  a: 2\n",
            'acme.yaml, line 4, column 3: key "a" stands twice',
        ),
        ("acme.yaml", b"realm: [acme\n", "acme.yaml, line 2, column 1: expected"),
        ("acme.yaml", b"realm: !!python/name:os.system x\n", "acme.yaml, line 1, column 8: could not determine"),
        ("acme.yaml", b"1: acme\n", "acme.yaml, line 1, column 1: key 1 is no text"),
        ("acme.yaml", b"- acme\n", "acme.yaml describes no realm"),
        ("acme.yaml", b"", "acme.yaml describes no realm"),
        ("acme.yaml", b"realm: \xff\n", "acme.yaml cannot be read: it is not UTF-8"),
        ("acme.toml", b"realm = \n", "acme.toml is not TOML"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=problem):
        read_declared(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml cannot be read: No such file"):
        read_declared(tmp_path / "none.yaml")


def test_references_are_read_where_the_file_stands(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    (tmp_path / "empty").write_text("\n")
    read = reference_reader(tmp_path / "acme.yaml", {"KC_SECRET": "hush too", "EMPTY": ""})
    found = [read(reference) for reference in ({"file": "secret"}, {"env": "KC_SECRET"})]
    assert found == ["hush", "hush too"]
    missing = ({"file": "none"}, {"file": "empty"}, {"env": "EMPTY"}, {"env": "NONE"})
    assert [read(reference) for reference in missing] == [None] * 4
