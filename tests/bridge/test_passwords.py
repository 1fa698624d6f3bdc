"""What becomes of a password on its way to Keycloak (bridge/passwords.py)."""

import pytest

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.passwords import ForwardedPasswords
from scimbridge.directory.ports import Password
from scimbridge.provisioning.errors import TargetUnavailable
from scimbridge.scim.errors import Unavailable

HASHED, CLEAR = Password("$argon2id$x"), Password("", clear="x")


class FixedHasher:
    async def hash(self, password: str) -> str:
        return f"$argon2id${password}"

    async def verify(self, encoded: str, password: str) -> bool:
        return encoded == f"$argon2id${password}"


@pytest.mark.parametrize(
    ("credential", "delivery", "policy", "kept"),
    [
        ("hashed", "immediate", True, HASHED),
        ("plain", "immediate", False, CLEAR),
        ("auto", "immediate", True, CLEAR),
        ("auto", "immediate", False, HASHED),
        ("auto", "queued", True, HASHED),
        ("plain", "queued", True, HASHED),
    ],
)
async def test_a_password_is_sent_as_the_realm_says_and_never_queued_in_clear(
    credential: str, delivery: str, policy: bool, kept: Password
) -> None:
    setting = Keycloak("https://kc.example.test/realms/acme", credential=credential, delivery=delivery)  # type: ignore[arg-type]

    async def has_policy() -> bool:
        return policy

    assert await ForwardedPasswords(setting, FixedHasher(), has_policy).keep("x") == kept


async def test_a_keycloak_that_cannot_say_whether_it_has_a_policy_is_503() -> None:
    async def has_policy() -> bool:
        raise TargetUnavailable("no answer")

    with pytest.raises(Unavailable):
        await ForwardedPasswords(Keycloak("https://kc.example.test/realms/acme"), FixedHasher(), has_policy).keep("x")


def test_a_clear_password_does_not_show() -> None:
    assert "secret" not in repr(Password("", clear="secret"))
