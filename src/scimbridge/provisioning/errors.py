"""What can go wrong at the other end.

ProvisioningError
 +- TargetUnavailable   no answer, or "not now": may be tried again after `retry_after` seconds
 +- TargetRefused       the peer read the request and said no; `reason` is in its own words
 +- TargetMisbehaved    an answer that fits nothing the peer documents
"""


class ProvisioningError(Exception):
    """Never raised itself."""


class TargetUnavailable(ProvisioningError):  # noqa: N818 (the field's word)
    """The target did not answer, or asked to come back later; nothing is known of what it did."""

    def __init__(self, reason: str, retry_after: int = 5) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class TargetRefused(ProvisioningError):  # noqa: N818
    """The target refused and changed nothing. `attribute` is the SCIM attribute that it objects to, "" if unknown.

    `conflict`: another resource there has this value. `forbidden`: our credential may not.
    """

    def __init__(self, reason: str, *, attribute: str = "", conflict: bool = False, forbidden: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attribute = attribute
        self.conflict = conflict
        self.forbidden = forbidden


class TargetMisbehaved(ProvisioningError):  # noqa: N818
    """The target answered what its documentation does not have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
