"""A request of the admin API that has been let in, and what it asks for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request

from scimbridge.access.administration import Administration
from scimbridge.access.clients import Clients
from scimbridge.access.realm import Realm
from scimbridge.access.tokens import Tokens
from scimbridge.scim.errors import InvalidValue, NotFound
from scimbridge.web.operation import Readiness
from scimbridge.web.ports import Served, ServedRealms

if TYPE_CHECKING:
    from scimbridge.provisioning.jobs import Jobs
    from scimbridge.web.ports import Provisioned

T = TypeVar("T")

# Entries of a journal, lines of a plan and the like in one answer.
MOST_LINES = 1000
_LINES = 100


@dataclass(frozen=True, slots=True)
class Operation:
    """`actor` is for the records, `body` is checked against the route's shape, `url` is the server's own."""

    administration: Administration
    realms: ServedRealms
    readiness: Readiness
    request: Request
    actor: str
    body: dict[str, Any]
    url: str

    def path(self, name: str) -> str:
        value: str = self.request.path_params[name]
        return value

    def query(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def is_asked(self, name: str) -> bool:
        return self.query(name) == "true"

    def number(self, name: str, default: int, most: int) -> int:
        """A query parameter that is a whole number from 0 to `most`."""
        text = self.query(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > len(str(2**63)) or int(text) > most:
            raise InvalidValue(f'Parameter "{name}" must be a whole number from 0 to {most}.')
        return int(text)

    def after(self) -> int:
        """The sequence of a journal from which on entries are wanted."""
        return self.number("after", 0, 2**63 - 1)

    def start(self) -> int:
        """How many lines of a list are left out before those that are wanted."""
        return self.number("start", 0, 2**31 - 1)

    def count(self) -> int:
        """How many lines are wanted: a query parameter, or a key of the body."""
        lines: int = self.body.get("count", _LINES)
        return self.number("count", lines, MOST_LINES)

    def time(self, name: str) -> str | None:
        """A query parameter that is an RFC 3339 time, as the journal writes times."""
        text = self.query(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise InvalidValue(f'Parameter "{name}" must be a time such as 2026-01-31T12:00:00Z.') from None
        if moment.tzinfo is None:
            raise InvalidValue(f'Parameter "{name}" must say its time zone, as 2026-01-31T12:00:00Z does.')
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def seconds(self, name: str) -> timedelta | None:
        return timedelta(seconds=self.body[name]) if name in self.body else None

    def confirm(self, name: str, what: str) -> None:
        """Raises InvalidValue unless `?confirm=` names what is to be deleted; `what` that does."""
        if self.query("confirm") != name:
            raise InvalidValue(f"This {what}: confirm with ?confirm={name[:64]}.")

    def clients(self) -> Clients:
        return self.administration.clients(self.path("realm"))

    def tokens(self) -> Tokens:
        """Those of the realm in the path, or the admin tokens if there is none."""
        if "realm" not in self.request.path_params:
            return self.administration.admin_tokens
        return self.administration.tokens(self.path("realm"))

    def realm(self) -> Realm:
        """That in the path. Raises NotFound."""
        return self.administration.realms.get(self.path("realm"))

    def jobs(self) -> "Jobs":
        return self.realms.jobs(self.realm())

    def served(self) -> Served:
        """Raises NotFound."""
        name = self.path("realm")
        return _require(self.realms.find(name), name)

    def provisioned(self, realm: str) -> "Provisioned":
        """Whoever asks closes it. Raises NotFound."""
        return _require(self.realms.provisioning(realm), realm)


def _require(found: T | None, realm: str) -> T:
    if found is None:
        raise NotFound(f'There is no realm "{realm[:64]}".')
    return found
