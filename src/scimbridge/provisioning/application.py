"""An application: someone else's SCIM server, and how the people and groups of a realm are to be kept there.

The words are Okta's (facts of its console: "To App", "To Okta", "Push Groups", "SCIM Connection").
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from scimbridge.provisioning.mapping import DEFAULT_MAPPINGS, AttributeMapping

# `wizard` (GET + PUT) and `catalogue` (PATCH) send word for word what Okta's two kinds of application send, its
# repetitions included. `auto` sends the fewest requests that the target understands: discovery and preset decide.
Style = Literal["auto", "wizard", "catalogue"]

# `none`: no password at all. `random`: a create carries a generated one, as Okta's does with password sync off.
# `sync`: as random, and a password that is set here follows.
PasswordMode = Literal["random", "sync", "none"]


@dataclass(frozen=True, slots=True)
class Authentication:
    """How we sign in at the target; the secret itself is sealed apart from these settings.

    `basic`: user name and password. `header`: `Authorization: PREFIX SECRET`, `prefix` "" sends the secret alone.
    `oauth2`: client credentials at `token_url` with the client id `username`; `scope` and `audience` go along if set.
    """

    scheme: Literal["basic", "header", "oauth2"] = "header"
    username: str = ""
    prefix: str = "Bearer"
    token_url: str = ""
    scope: str = ""
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """The SCIM connection. `url`: the base URL. `preset`: the name of what is known of the target, "" = nothing.

    `unique_attribute`: what a user is looked up by. `timeout` in seconds for one reply. `parallel` requests at a time,
    `rate` requests a second (0 = no limit but the preset's).
    """

    url: str
    authentication: Authentication = Authentication()
    style: Style = "auto"
    preset: str = ""
    unique_attribute: str = "userName"
    timeout: float = 60.0
    ca_file: str = ""
    parallel: int = 8
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Actions:
    """What provisioning may do: Okta's five actions and deactivation; off until somebody ticks them, as there."""

    push_new_users: bool = False
    push_profile_updates: bool = False
    deactivate_users: bool = False
    push_groups: bool = False
    import_users: bool = False
    import_groups: bool = False


@dataclass(frozen=True, slots=True)
class Safeguards:
    """When a plan is refused until a person lets it pass by name.

    `deactivations`: a plan that takes access (deactivates, deletes, removes members) from more people than this share
    of the linked ones; `deactivations_count`: more than this number (0 = no such limit); shares only count above ten
    people. `empty_source`: nobody is assigned although people are linked. `import_removals`: share of accounts
    missing in an import.
    """

    deactivations: float = 0.2
    deactivations_count: int = 0
    empty_source: bool = True
    import_removals: float = 0.2


@dataclass(frozen=True, slots=True)
class Saml:
    """Sign-on settings of a SAML 2.0 application, stored and shown; "" = the default that Okta's wizard has."""

    sso_url: str
    audience: str
    recipient: str = ""
    destination: str = ""
    relay_state: str = ""
    name_id_format: Literal["unspecified", "emailAddress", "x509SubjectName", "persistent", "transient"] = "unspecified"
    application_username: str = "user.login"


@dataclass(frozen=True, slots=True)
class ImportRules:
    """How accounts of the target are matched to people here.

    `match`: exact, on `userName`, `email`, or an expression over the account (its attributes as `appuser.x`) whose
    value is compared with userName. `partial`: first and last name equal count as a suggestion. `confirm`: which
    matches are confirmed without a person: `exact`, `partial` too, or `none`. `create`: what becomes of an account
    that matches nobody: `confirm` makes it a person at once, `hold` waits for a person.
    """

    match: str = "userName"
    partial: bool = False
    confirm: Literal["none", "exact", "partial"] = "exact"
    create: Literal["hold", "confirm"] = "hold"


@dataclass(frozen=True, slots=True)
class Application:
    """One application of a realm. `id` never changes; `revision` counts the changes of these settings.

    `on_unassign`: what becomes of a user there who is not assigned any more. `on_match`: whether a user or group found
    there under the same name is taken over (as Okta does) or left alone and made a task. `push_nulls`: clear there what
    is empty here. `exclude_username_updates`: a changed userName is not pushed. `schedule`, `import_schedule`: cron
    expressions in UTC of the full comparison and of imports, "" = never. `verify`: the full comparison reads
    the target and heals what others changed there. `custom`: free values that expressions read as `app.x`.
    """

    id: str
    name: str
    label: str = ""
    enabled: bool = True
    saml: Saml | None = None
    connection: Connection | None = None
    actions: Actions = Actions()
    passwords: PasswordMode = "random"
    mappings: tuple[AttributeMapping, ...] = DEFAULT_MAPPINGS
    on_unassign: Literal["deactivate", "delete", "leave"] = "deactivate"
    on_match: Literal["link", "task"] = "link"
    push_nulls: bool = True
    exclude_username_updates: bool = False
    safeguards: Safeguards = Safeguards()
    imports: ImportRules = ImportRules()
    schedule: str = "0 3 * * *"
    import_schedule: str = ""
    verify: bool = False
    custom: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 1

    @property
    def tests_groups(self) -> bool:
        """Whether a test of the connection reads groups too: Okta's only where they are imported (both recordings)."""
        is_free = self.connection is not None and self.connection.style == "auto"
        return self.actions.import_groups or (is_free and self.actions.push_groups)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A user or group who gets the application.

    Where several reach one person the lowest `priority` counts; a direct one wins over a group's. `overrides`: SCIM
    path -> value, instead of what the mapping would give.
    """

    type: Literal["User", "Group"]
    id: str
    priority: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of the overrides, as Link.assignment has it: equal if what they give is equal, "" if there are none."""
        if not self.overrides:
            return ""
        return hashlib.sha256(orjson.dumps(self.overrides, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PushGroup:
    """Which groups are pushed: one by its id, or all that a rule matches.

    `group`: a group's id, "" for a rule. A rule compares `attribute` (`name`, `description`) without regard to case.
    `link_to`: the name of a group there that it becomes, "" = its own name. `rename`: whether a change of name follows.
    `active`: a paused one sends nothing. `name` tells push groups apart: the group's name, or the rule's.
    """

    name: str
    group: str = ""
    attribute: Literal["name", "description"] = "name"
    operator: Literal["startsWith", "endsWith", "contains", "equals"] = "startsWith"
    value: str = ""
    link_to: str = ""
    rename: bool = True
    active: bool = True
