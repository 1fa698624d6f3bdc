"""What can go wrong at the other end.

ProvisioningError
 +- TargetUnavailable   no answer, or "not now": may be tried again after `retry_after` seconds
 +- TargetRefused       the peer read the request and said no; `reason` is in its own words
 |   +- TargetGone      there is no such resource there any more
 +- TargetMisbehaved    an answer that fits nothing the peer documents
 +- PlanRefused         a safeguard holds what was planned until a person lets it pass
"""

from collections.abc import Mapping


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


class TargetGone(TargetRefused):
    """The resource that was to be changed is not there any more."""


class TargetMisbehaved(ProvisioningError):  # noqa: N818
    """The target answered what its documentation does not have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PlanRefused(ProvisioningError):  # noqa: N818
    """Nothing was sent. `reasons`: safeguard by name -> a sentence with the numbers; each can be let pass by name."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__(" ".join(reasons.values()))
        self.reasons = dict(reasons)
