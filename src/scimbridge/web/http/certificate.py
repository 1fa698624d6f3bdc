"""The certificate of HTTPS, read again when its files are renewed."""

import logging
import ssl
from pathlib import Path

_log = logging.getLogger(__name__)


class Certificate:
    """A chain and its key in PEM; `context` is what listeners are given.

    Raises OSError, and ssl.SSLError for files that are none, or do not belong together.
    """

    def __init__(self, chain: Path, key: Path | None) -> None:
        self._chain = chain
        self._key = key
        self._seen = self._stamp()
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.load_cert_chain(chain, key)

    def renew(self) -> None:
        """Takes changed files for the connections to come; with some that cannot be used, the old ones stay."""
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return
            # Tried apart: a context that has loaded a chain without its key would serve nobody.
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self._chain, self._key)
            self.context.load_cert_chain(self._chain, self._key)
        except OSError as error:  # ssl.SSLError too; half of a renewal, perhaps: the next look may find the rest
            _log.warning("certificate not renewed", extra={"fields": {"file": str(self._chain), "reason": str(error)}})
            return
        self._seen = stamp
        _log.info("certificate renewed", extra={"fields": {"file": str(self._chain)}})

    def _stamp(self) -> tuple[tuple[int, int], ...]:
        found = [path.stat() for path in (self._chain, self._key) if path is not None]
        return tuple((stat.st_mtime_ns, stat.st_ino) for stat in found)
