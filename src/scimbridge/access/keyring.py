"""The signing keys of a realm, ready for use."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.jwk import RSAKey

from scimbridge.access.ports import RealmAccess, SigningKey


class Keyring:
    """Loads keys once and forgets those that are gone."""

    def __init__(self, access: RealmAccess, version: Callable[[], int], clock: Callable[[], datetime]) -> None:
        self._access = access
        self._version = version
        self._clock = clock
        self._seen: int | None = None
        self._keys: Sequence[SigningKey] = ()
        self._loaded: dict[str, RSAKey] = {}

    def find(self, kid: str | None) -> RSAKey | None:
        """The key that verifies tokens with this `kid`."""
        now = self._clock()
        for key in self._current():
            if key.kid == kid and (key.expires is None or now < key.expires):
                return self.load(key)
        return None

    def jwks(self) -> list[dict[str, Any]]:
        """The public keys that tokens may be verified with, the one that signs first."""
        now = self._clock()
        good = (key for key in self._current() if key.expires is None or now < key.expires)
        return [self.load(key).as_dict(private=False) for key in good]

    def public_der(self) -> str:
        """The public key that tokens are signed with, as Keycloak shows it: DER in base64; "" before there is one."""
        keys = self._current()
        if not keys:
            return ""
        return "".join(self.load(keys[0]).as_pem(private=False).decode().splitlines()[1:-1])

    def _current(self) -> Sequence[SigningKey]:
        version = self._version()
        if version != self._seen:
            self._keys = self._access.keys()
            self._loaded = {key.kid: self._loaded[key.kid] for key in self._keys if key.kid in self._loaded}
            self._seen = version
        return self._keys

    def load(self, key: SigningKey) -> RSAKey:
        """The private key, ready to sign."""
        if key.kid not in self._loaded:
            # The check of a private key takes 50 to 100 ms, in which the server would stand still; this one is ours.
            raw = load_pem_private_key(key.private_pem.encode(), None, unsafe_skip_rsa_key_validation=True)
            if not isinstance(raw, RSAPrivateKey):
                raise TypeError(f"Signing key {key.kid} is no RSA key")
            self._loaded[key.kid] = RSAKey.import_key(raw, {"kid": key.kid, "use": "sig", "alg": "RS256"})
        return self._loaded[key.kid]
