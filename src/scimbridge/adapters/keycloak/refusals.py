"""Keycloak's refusals in words that a person at the identity provider understands, with the SCIM attribute named.

The Admin API answers with the keys of Keycloak's message files; the words for them are ours. Seen on 26.5.6, 26.7.4.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scimbridge.provisioning.errors import TargetRefused

_SCIM: Final[Mapping[str, str]] = {
    "username": "userName",
    "email": "emails",
    "firstName": "name.givenName",
    "lastName": "name.familyName",
    "password": "password",
}

# Behind "it"; {0} and {1} are the message's parameters after the attribute's name.
_RULES: Final[Mapping[str, str]] = {
    "error-invalid-email": "is not a valid e-mail address",
    "error-invalid-length": "must have between {0} and {1} characters",
    "error-invalid-length-too-short": "must have at least {0} characters",
    "error-invalid-length-too-long": "must have at most {1} characters",
    "error-user-attribute-required": "is required there",
    "error-user-attribute-read-only": "is read-only there",
    "error-username-invalid-character": "has a character that is not allowed",
    "error-person-name-invalid-character": "has a character that is not allowed",
    "error-pattern-no-match": "does not have the required form",
    "error-invalid-value": "has a value that is not allowed",
    "error-invalid-blank": "must not be blank",
    "error-empty": "must not be empty",
    "error-invalid-number": "is not a number",
    "error-number-out-of-range": "must be a number between {0} and {1}",
    "error-number-out-of-range-too-small": "must be a number of at least {0}",
    "error-number-out-of-range-too-big": "must be a number of at most {1}",
    "error-invalid-date": "is not a date",
    "error-invalid-uri": "is not a URL",
    "error-invalid-uri-scheme": "is a URL with a scheme that is not allowed",
    "error-invalid-uri-fragment": "is a URL with a fragment, which is not allowed",
    "error-invalid-multivalued-size": "must have between {0} and {1} values",
    "missingUsernameMessage": "is required there",
    "missingEmailMessage": "is required there",
    "missingFirstNameMessage": "is required there",
    "missingLastNameMessage": "is required there",
    "invalidEmailMessage": "is not a valid e-mail address",
}
_CLASHES: Final[Sequence[tuple[str, str, str]]] = (
    ("same username or email", "userName", "another user there has this user name or e-mail address"),
    ("same username", "userName", "another user there has this user name"),
    ("same email", "emails", "another user there has this e-mail address"),
    ("group named", "displayName", "another group there has this name at the same place"),
)
_CONFLICT, _FORBIDDEN = 409, 403


class Refusals:
    """Reads refusals of one realm. `attributes`: SCIM path -> Keycloak user attribute."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._names = {**{there: here for here, there in attributes.items()}, **_SCIM}

    def read(self, status: int, body: Any) -> TargetRefused:
        """What a 4xx answer with this JSON body says."""
        document = body if isinstance(body, dict) else {}
        if status == _FORBIDDEN:
            return TargetRefused(
                "our service account there may not do this; writing needs the role manage-users of realm-management, "
                "and preflight tells what else.",
                forbidden=True,
            )
        message = _text(document.get("errorMessage"))
        if status == _CONFLICT:
            return _clash(message)
        errors = document.get("errors")
        found = [item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []
        if not found and "field" in document:
            found = [document]
        if found:
            first, *others = found
            also = dict.fromkeys(f'; attribute "{self._name(item.get("field"))}" {_rule(item)}' for item in others)
            return TargetRefused(f"it {_rule(first)}{''.join(also)}.", attribute=self._name(first.get("field")))
        return self._other(_text(document.get("error")), message or _text(document.get("error_description")))

    def _other(self, error: str, reason: str) -> TargetRefused:
        """`invalidPassword*Message` is how policies refuse; other errors have a sentence or no words at all."""
        if error.startswith("invalidPassword"):
            policy = reason.removeprefix("Invalid password: ").rstrip(".") or error
            return TargetRefused(f"its password policy: {policy}.", attribute="password")
        for words, attribute in (("User name", "userName"), ("Group name", "displayName")):
            if words in reason:
                return TargetRefused("it is required there.", attribute=attribute)
        return TargetRefused(f"{(reason or error or 'no reason given').rstrip('.')}.")

    def _name(self, field: Any) -> str:
        return self._names.get(field, field) if isinstance(field, str) else ""


def _rule(item: Mapping[str, Any]) -> str:
    message, given = _text(item.get("errorMessage")), item.get("params")
    parameters = [str(value) for value in given[1:]] if isinstance(given, list) else []
    rule = _RULES.get(message)
    return f"is refused ({message})" if rule is None else rule.format(*parameters, "?", "?")


def _clash(message: str) -> TargetRefused:
    for words, attribute, sentence in _CLASHES:
        if words in message:
            return TargetRefused(f"{sentence}.", attribute=attribute, conflict=True)
    return TargetRefused(f"{message.rstrip('.') or 'it clashes'}.", conflict=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
