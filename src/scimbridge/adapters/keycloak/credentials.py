"""Passwords as Keycloak takes them: in clear, or hashed already in its own format.

The format is that of a stored credential; create and update of a user take it, `reset-password` does not (26.5.6,
26.7.4). Neither the realm's password policy nor its history sees what a hash was made of.
"""

import json
from base64 import b64decode, b64encode
from typing import Any

from argon2 import Parameters, extract_parameters
from argon2.exceptions import InvalidHashError

from scimbridge.bridge.ports import Credential
from scimbridge.provisioning.errors import TargetRefused

_VERSIONS = {16: "1.0", 19: "1.3"}


def representation(password: Credential) -> dict[str, Any]:
    """An element of `credentials`; TargetRefused if the hash is not argon2id."""
    credential: dict[str, Any] = {"type": "password", "temporary": password.temporary}
    if password.clear:
        return credential | {"value": password.clear}
    try:
        parameters = extract_parameters(password.hash)
        salt, value = (_standard(part) for part in password.hash.split("$")[4:6])
    except (InvalidHashError, ValueError):
        raise TargetRefused("The password's hash is not one that Keycloak takes.", attribute="password") from None
    return credential | {
        "credentialData": json.dumps(_data(parameters)),
        "secretData": json.dumps({"value": value, "salt": salt, "additionalParameters": {}}),
    }


def _data(parameters: Parameters) -> dict[str, Any]:
    return {
        "algorithm": "argon2",
        "hashIterations": parameters.time_cost,
        "additionalParameters": {
            "type": [parameters.type.name.lower()],
            "version": [_VERSIONS[parameters.version]],
            "memory": [str(parameters.memory_cost)],
            "parallelism": [str(parameters.parallelism)],
            "hashLength": [str(parameters.hash_len)],
        },
    }


def _standard(unpadded: str) -> str:
    """A PHC string's base64 has no padding, Java's must."""
    return b64encode(b64decode(unpadded + "=" * (-len(unpadded) % 4), validate=True)).decode()
