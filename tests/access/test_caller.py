"""The caller's own token, passed on to whoever made it and to nobody else."""

import pytest
from joserfc.jwk import RSAKey

from scimbridge.access import jwt
from scimbridge.access.caller import AUTHORIZATION, callers_token

from .site import PEMS

URL = "https://kc.example.test/realms/acme"
KEY = RSAKey.import_key(PEMS[0])
THEIRS = jwt.sign({"iss": URL}, KEY, "k")
OURS = jwt.sign({"iss": "https://id.example.test/realms/acme"}, KEY, "k")


@pytest.mark.parametrize(
    ("sent", "passed_on"),
    [
        (f"Bearer {THEIRS}", THEIRS),
        (f"  {THEIRS} ", THEIRS),
        (f"Bearer {OURS}", None),
        ("Bearer sb_0123456789", None),
        ("Basic YTpi", None),
        ("", None),
        (None, None),
    ],
)
def test_a_token_goes_back_to_its_issuer_only(sent: str | None, passed_on: str | None) -> None:
    before = AUTHORIZATION.set(sent)
    try:
        assert callers_token(URL)() == passed_on
    finally:
        AUTHORIZATION.reset(before)


def test_without_a_request_there_is_none() -> None:
    assert callers_token(URL)() is None
