"""Seals secrets with a key in a file of its own, so that the database, or a backup of it, does not give them away."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from scimbridge.scim.errors import Unavailable


class FileSeal:
    """Fulfils access.ports.Seal: AES-128-CBC with HMAC-SHA-256 (Fernet). The key is made (mode 0600) on first use."""

    def __init__(self, key_file: Path) -> None:
        self._file = key_file
        self._fernet: Fernet | None = None

    def close(self, secret: str) -> bytes:
        if not self._file.exists():
            _make_key(self._file)
        return self._open_key().encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        try:
            return self._open_key().decrypt(sealed).decode()
        except InvalidToken:
            raise Unavailable(
                f"A secret in the database was sealed with another key than that in {self._file}: put the right key"
                " file there, or set the secret again."
            ) from None

    def _open_key(self) -> Fernet:
        if self._fernet is None:
            try:
                self._fernet = Fernet(self._file.read_bytes().strip())
            except OSError as error:
                raise Unavailable(f"The seal's key file {self._file} cannot be read: {error.strerror}.") from None
            except ValueError:
                raise Unavailable(
                    f"The seal's key file {self._file} must hold one line: 32 random bytes in URL-safe base64."
                ) from None
        return self._fernet


def _make_key(path: Path) -> None:
    """Whole or not at all, and never in place of one that another process has just made."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f"{path.name}.")  # of mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(name, path)
        Path(name).unlink()
    except OSError as error:
        raise Unavailable(f"The seal's key file {path} cannot be made: {error.strerror}.") from None
