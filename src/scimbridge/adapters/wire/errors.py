"""Why a request got no reply.

WireError
 +- Unreachable     no reply, or only the beginning of one
 |   +- TimedOut    it took too long
 |   +- Untrusted   the server's certificate is not good
 +- Malformed       what came is no HTTP, or more than is taken
"""


class WireError(Exception):
    """Never raised itself. `reason` is a sentence for a person; it names the server and nothing that was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(WireError):  # noqa: N818 (a condition of the peer, not a fault of the caller)
    """`sent`: something of the request has gone out, so that the server may have done what it asks."""

    def __init__(self, reason: str, *, sent: bool = False) -> None:
        super().__init__(reason)
        self.sent = sent


class TimedOut(Unreachable):
    pass


class Untrusted(Unreachable):
    pass


class Closed(Unreachable):
    """A connection that had served before was closed with nothing of this reply: that server may well be there."""


class Malformed(WireError):  # noqa: N818
    """The server has read the request, so that it may have done what it asks."""
