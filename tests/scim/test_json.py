"""JSON on the wire: what is not JSON, or says one thing twice, is refused; everything else comes back as it was."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.scim.errors import InvalidSyntax
from scimbridge.scim.json import dump, parse

from .json_values import JSON


@given(JSON)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert parse(dump(value)) == value


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"not json", "JSON"),
        (b'{"a":', "end of data"),
        (b"{} {}", "after document"),
        (b"NaN", "JSON"),
        (b"1e999", "infinity"),
        (b'"\xff"', "UTF-8"),
        (b'"\xed\xa0\x80"', "surrogate"),
        (b'"\\ud800"', "surrogate"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"userName":"a","userName":"b"}', '"userName" twice'),
        (b'{"name":{"a":1,"b":{"x":1,"x":1}}}', '"x" twice'),
        (b'{"\\u0061":1,"a":"b:c"}', '"a" twice'),
        (b'{"a":1,"a":"\\u003a"}', '"a" twice'),
        (b"[" * 255 + b"]" * 255, "too deeply"),
        (b"[" * 5000 + b"]" * 5000, "depth"),
    ],
)
def test_a_body_that_is_not_one_clear_value_is_refused_with_the_reason(body: bytes, said: str) -> None:
    with pytest.raises(InvalidSyntax) as refusal:
        parse(body)
    assert said in refusal.value.detail


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":"x:y","b":{"a":":"}}', {"a": "x:y", "b": {"a": ":"}}),
        (b'{ "a" : "\\u003a" , "b" : 12345678901234567890 }', {"a": ":", "b": 12345678901234567890}),
        (b'"\\u00fc \\\\u0061"', "ü \\u0061"),
        (b"[" * 254 + b"]" * 254, None),
    ],
)
def test_colons_and_escapes_are_no_second_key(body: bytes, value: Any) -> None:
    """Also where equal keys are in different objects, and at the greatest depth."""
    assert parse(body) == value or value is None


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_refusal(body: bytes) -> None:
    with suppress(InvalidSyntax):
        assert parse(dump(parse(body))) == parse(body)
