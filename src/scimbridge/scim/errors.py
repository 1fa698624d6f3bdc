"""The errors of SCIM: RFC 7644 section 3.12 table 9, RFC 9865 section 2, and the HTTP statuses around them.

    ScimError
     +- 400  InvalidFilter, TooMany, Uniqueness (409), Mutability, InvalidSyntax, InvalidPath, NoTarget, InvalidValue,
     |       InvalidVersion, Sensitive, InvalidCursor, ExpiredCursor, InvalidCount
     +- 401  Unauthenticated            404  NotFound            405  MethodNotAllowed
     +- 403  Forbidden                  409  Conflict            412  VersionMismatch
     +- 413  PayloadTooLarge            429  TooManyRequests     501  NotImplementedHere
     +- 500  Unexpected                 503  Unavailable

`detail` names the attribute and the rule; it never holds a secret or another user's value.
"""

from typing import Any, ClassVar

ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A refusal that a client can read; raised by every layer, written as HTTP in one place (web)."""

    status: ClassVar[int] = 400
    scim_type: ClassVar[str | None] = None
    headers: dict[str, str]

    def __init__(self, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = headers or {}

    def message(self) -> dict[str, Any]:
        """The Error message of RFC 7644 section 3.12; `status` is a string there."""
        body: dict[str, Any] = {"schemas": [ERROR_SCHEMA], "status": str(self.status), "detail": self.detail}
        if self.scim_type is not None:
            body["scimType"] = self.scim_type
        return body


class InvalidFilter(ScimError):
    """The filter is malformed, or an operator does not fit its attribute."""

    scim_type = "invalidFilter"


class TooMany(ScimError):
    """The answer is larger, or takes longer to find, than the server allows."""

    scim_type = "tooMany"


class Uniqueness(ScimError):
    """A value that must be unique is taken."""

    status = 409
    scim_type = "uniqueness"


class Mutability(ScimError):
    """The attribute may not be changed this way."""

    scim_type = "mutability"


class InvalidSyntax(ScimError):
    """The body is not the message that the request needs."""

    scim_type = "invalidSyntax"


class InvalidPath(ScimError):
    """A PATCH path is malformed or names no attribute."""

    scim_type = "invalidPath"


class NoTarget(ScimError):
    """A PATCH path matches nothing to work on."""

    scim_type = "noTarget"


class InvalidValue(ScimError):
    """A value is missing, of the wrong type, or against a rule of its attribute."""

    scim_type = "invalidValue"


class InvalidVersion(ScimError):
    """The SCIM protocol version asked for is not served."""

    scim_type = "invalidVers"


class Sensitive(ScimError):
    """The request carries what may not stand in a URI."""

    scim_type = "sensitive"


class InvalidCursor(ScimError):
    """The cursor is not one of ours, or belongs to another query (RFC 9865 section 2.2)."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    """The cursor was ours and is no longer (RFC 9865 section 2.2)."""

    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    """The page size is not what the cursor was made for (RFC 9865 section 2.2)."""

    scim_type = "invalidCount"


class Unauthenticated(ScimError):
    """No credential, or one that is not good."""

    status = 401


class Forbidden(ScimError):
    """The credential is good and lacks the role."""

    status = 403


class NotFound(ScimError):
    """The store said: not there."""

    status = 404


class MethodNotAllowed(ScimError):
    """The resource is there and does not take this method; carries `Allow`."""

    status = 405


class Conflict(ScimError):
    """The request clashes with the state of the resource, other than by uniqueness."""

    status = 409


class VersionMismatch(ScimError):
    """If-Match or If-None-Match does not hold."""

    status = 412


class PayloadTooLarge(ScimError):
    """The body, or the number of operations, is over the limit (RFC 7644 section 3.7.4)."""

    status = 413


class TooManyRequests(ScimError):
    """Slow down; carries `Retry-After` in whole seconds, the only form Okta reads."""

    status = 429


class Unexpected(ScimError):
    """A bug of ours; `detail` holds the request id and nothing else."""

    status = 500


class NotImplementedHere(ScimError):
    """A part of SCIM that this endpoint does not serve."""

    status = 501


class Unavailable(ScimError):
    """Something behind the server does not answer; carries `Retry-After`."""

    status = 503
