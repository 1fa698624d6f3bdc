"""Hashes made here in the form that Keycloak stores them in."""

import json

import pytest
from argon2 import PasswordHasher

from scimbridge.adapters.keycloak.credentials import representation
from scimbridge.bridge.ports import Credential
from scimbridge.provisioning.errors import TargetRefused


def test_a_hash_is_what_keycloak_would_have_stored_itself() -> None:
    encoded = PasswordHasher(time_cost=5, memory_cost=7168, parallelism=1).hash("x", salt=b"0123456789abcdef")
    credential = representation(Credential(hash=encoded))
    assert (credential["type"], credential["temporary"]) == ("password", False)
    assert json.loads(credential["credentialData"]) == {
        "algorithm": "argon2",
        "hashIterations": 5,
        "additionalParameters": {
            "type": ["id"],
            "version": ["1.3"],
            "memory": ["7168"],
            "parallelism": ["1"],
            "hashLength": ["32"],
        },
    }
    secret = json.loads(credential["secretData"])
    assert secret["salt"] == "MDEyMzQ1Njc4OWFiY2RlZg=="
    assert len(secret["value"]) == 44


def test_a_clear_password_may_be_for_once() -> None:
    assert representation(Credential(clear="x", temporary=True)) == {
        "type": "password",
        "value": "x",
        "temporary": True,
    }


@pytest.mark.parametrize("encoded", ["", "$2b$12$abc", "$argon2id$v=19$m=1,t=1,p=1$!$!", "$argon2id$v=19$m=a$b$c"])
def test_another_hash_is_refused_and_not_shown(encoded: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        representation(Credential(hash=encoded))
    assert refused.value.attribute == "password"
    assert not encoded or encoded not in refused.value.reason
