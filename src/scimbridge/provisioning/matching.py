"""Whose an account of a target is here: Okta's rules, exact on userName, e-mail or an expression, partial on names."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from scimbridge.provisioning.application import ImportRules
from scimbridge.provisioning.expression import Context, EvaluationError, compile_expression
from scimbridge.provisioning.profile import profile


class Match(NamedTuple):
    """`person`: an id here, "" = nobody. `why`: for a person, also where there is no match."""

    person: str
    how: Literal["exact", "partial", "none"]
    why: str


class People:
    """The people of a realm, by what the rules compare besides userName."""

    def __init__(self) -> None:
        self._by_email: dict[str, list[str]] = {}
        self._by_names: dict[tuple[str, str], list[str]] = {}

    def add(self, id: str, document: Mapping[str, Any]) -> None:  # noqa: A002
        """A user of the directory."""
        for email in _emails(document):
            self._by_email.setdefault(email, []).append(id)
        if names := _names(document):
            self._by_names.setdefault(names, []).append(id)

    def addressed(self, document: Mapping[str, Any]) -> list[str]:
        """Everybody with one of its e-mail addresses."""
        return list(dict.fromkeys(id_ for email in _emails(document) for id_ in self._by_email.get(email, ())))

    def called(self, document: Mapping[str, Any]) -> list[str]:
        """Everybody with its first and last name."""
        names = _names(document)
        return self._by_names.get(names, []) if names else []


class Matcher:
    """The rules of one application. `named` gives the id of the user with a userName; `people` only where rules ask."""

    def __init__(
        self,
        rules: ImportRules,
        named: Callable[[str], str | None],
        people: People,
        clock: Callable[[], datetime],
    ) -> None:
        self._rules = rules
        self._named = named
        self._people = people
        self._clock = clock

    def match(self, resource: Mapping[str, Any]) -> Match:
        """`resource`: a user as the target shows it."""
        found, what = self._exact(resource)
        if len(found) == 1:
            return Match(found[0], "exact", f"the same {what}")
        if len(found) > 1:
            return Match("", "none", f"{len(found)} people here have the same {what}")
        if not self._rules.partial:
            return Match("", "none", f"nobody here has the same {what}")
        called = self._people.called(resource)
        if len(called) == 1:
            return Match(called[0], "partial", "the same first and last name")
        if called:
            return Match("", "none", f"{len(called)} people here have the same first and last name")
        return Match("", "none", f"nobody here has the same {what}, or the same first and last name")

    def _exact(self, resource: Mapping[str, Any]) -> tuple[list[str], str]:
        """Who matches, and in what."""
        rule = self._rules.match
        if rule == "userName":
            return self._by_name(resource.get("userName")), "userName"
        if rule == "email":
            return self._people.addressed(resource), "e-mail address"
        account = profile(resource)
        try:
            value = compile_expression(rule).evaluate(Context(profile=account, appuser=account, now=self._clock()))
        except EvaluationError:
            value = None
        return self._by_name(value), f"userName as {rule} gives"

    def _by_name(self, name: Any) -> list[str]:
        found = self._named(name) if isinstance(name, str) and name else None
        return [found] if found is not None else []


def needs_people(rules: ImportRules) -> bool:
    """Whether the rules compare more than userNames."""
    return rules.partial or rules.match == "email"


def _emails(document: Mapping[str, Any]) -> list[str]:
    """Folded."""
    values = document.get("emails")
    found = [item.get("value") for item in values if isinstance(item, Mapping)] if isinstance(values, list) else []
    return [value.casefold() for value in found if isinstance(value, str) and value]


def _names(document: Mapping[str, Any]) -> tuple[str, str] | None:
    name = document.get("name")
    first, last = (name.get("givenName"), name.get("familyName")) if isinstance(name, Mapping) else (None, None)
    return (str(first).casefold(), str(last).casefold()) if first and last else None
