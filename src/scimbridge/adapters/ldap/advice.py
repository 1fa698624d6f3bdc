"""What an LDAP server, or the way to it, refuses: in sentences that name what to do."""

from collections.abc import Mapping
from typing import Final

from ldap3.core import exceptions

_ADVICE: Final[Mapping[type[Exception], str]] = {
    exceptions.LDAPInvalidCredentialsResult: "refuses the sign-in: check the bind DN and its password",
    exceptions.LDAPInappropriateAuthenticationResult: "refuses the sign-in: check the bind DN and its password",
    exceptions.LDAPStartTLSError: "does not start TLS: check that it offers StartTLS and that the CA file signs it",
    exceptions.LDAPConfidentialityRequiredResult: "wants TLS: use ldaps:// or StartTLS",
    exceptions.LDAPStrongerAuthRequiredResult: "wants TLS: use ldaps:// or StartTLS",
    exceptions.LDAPNoSuchObjectResult: "has no such base, or does not show it to this bind DN",
    exceptions.LDAPInsufficientAccessRightsResult: "does not let this bind DN read that",
    exceptions.LDAPSizeLimitExceededResult: "gives this bind DN no list of that size: raise its size limit there",
    exceptions.LDAPAdminLimitExceededResult: "gives this bind DN no list of that size: raise its size limit there",
    exceptions.LDAPTimeLimitExceededResult: "takes longer than it allows itself: index the attributes of the filter",
    exceptions.LDAPInvalidFilterError: "was not asked: the filter is malformed",
    exceptions.LDAPInvalidDNSyntaxResult: "finds the base malformed",
    exceptions.LDAPSocketReceiveError: "does not answer in time, or hung up",
    exceptions.LDAPResponseTimeoutError: "does not answer in time",
    exceptions.LDAPSocketOpenError: "cannot be reached",
    exceptions.LDAPCertificateError: "has a certificate that is not trusted: set the CA file",
    exceptions.LDAPBusyResult: "is busy",
    exceptions.LDAPUnavailableResult: "is not available",
}

# Worth another try by itself.
PASSING: Final = (exceptions.LDAPCommunicationError, exceptions.LDAPBusyResult, exceptions.LDAPUnavailableResult)


def explain(error: Exception) -> str:
    """What the server did, to go on with behind its name."""
    words = next((words for kind, words in _ADVICE.items() if isinstance(error, kind)), "answers with an error")
    detail = _detail(error)
    return f"{words} ({detail})" if detail else words


def _detail(error: Exception) -> str:
    """The error's own words; that of a socket stands in the last of several arguments."""
    said = getattr(error, "message", "") or getattr(error, "description", "") or str(error)
    return " ".join(str(said).split())[:300]
