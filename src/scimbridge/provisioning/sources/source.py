"""A source: settings of where people and groups come from, and of what they become in the realm's directory."""

from dataclasses import dataclass
from typing import Literal

from scimbridge.provisioning.application import Connection
from scimbridge.provisioning.mapping import AttributeMapping


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A table in UTF-8 with names in its first line, one person a row.

    `key`: the column whose value stays the same for a person, "" = the one that becomes userName. `groups`: the column
    with the names of a person's groups, "" = none; `group_separator` stands between the names.
    """

    path: str
    key: str = ""
    delimiter: str = ","
    groups: str = ""
    group_separator: str = ";"


@dataclass(frozen=True, slots=True)
class LdapServer:
    """A part of an LDAP server. `url`: `ldaps://HOST[:PORT]`, or `ldap://` with StartTLS or on this machine.

    `bind_dn` "" = anonymous; the password is sealed apart. `group_base` "" = no groups; `group_name` becomes their
    displayName. `key`: the attribute that stays the same for an entry, also when it is renamed. `timeout` in seconds
    for one reply.
    """

    url: str
    user_base: str
    bind_dn: str = ""
    start_tls: bool = True
    ca_file: str = ""
    user_filter: str = "(objectClass=inetOrgPerson)"
    group_base: str = ""
    group_filter: str = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
    group_name: str = "cn"
    key: str = "entryUUID"
    page_size: int = 500
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Removals:
    """When an import is refused until a person lets it pass by name.

    `share`: more of the imported people than this share have left; it only counts above ten people. `count`: more
    people than this number have left (0 = no such limit). `empty`: there is nobody in the source any more.
    """

    share: float = 0.2
    count: int = 0
    empty: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a realm: exactly one of `csv`, `ldap` and `scim` is set. `id` never changes.

    `mappings`: SCIM attributes from expressions over what was read (`appuser.x`), in place of the usual ones of that
    target; an empty expression takes a usual one out.
    `import_groups`: whether groups come too, where the source has any.
    `on_match`: whether who is in the directory already under the same name is taken over or left alone and reported.
    `on_leave`: what becomes of who is not in the source any more; a group that is `deactivate`d loses its members.
    `schedule`: a cron expression in UTC, "" = never. `revision` counts the changes of these settings.
    """

    id: str
    name: str
    enabled: bool = True
    csv: CsvFile | None = None
    ldap: LdapServer | None = None
    scim: Connection | None = None
    mappings: tuple[AttributeMapping, ...] = ()
    import_groups: bool = True
    on_match: Literal["leave", "link"] = "leave"
    on_leave: Literal["deactivate", "delete", "leave"] = "deactivate"
    safeguards: Removals = Removals()
    schedule: str = ""
    revision: int = 1

    @property
    def kind(self) -> str:
        return "csv" if self.csv else "ldap" if self.ldap else "scim"
