"""What is known of a target: what its server takes, and where that is not what RFC 7644 says.

Presets are data, one file a server (presets/NAME.json), with the source beside each fact.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from typing import Any

from scimbridge.access.readers import camel


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The defaults are those of a server that keeps to RFC 7644 and sets no limits of its own.

    `patch_users`, `patch_groups`, `put`: whether it takes them. `create_with_members`: a new group may have some.
    `replace_members`: a PATCH replaces them. `remove_by_filter`: one is removed by `members[value eq "id"]`, else by a
    list of values. `member_batch`: members a request at most, `operations`: operations of a PATCH. `member_query`: the
    query by which a group is read with its members, `group_query`: without; `reads_members`: whether it tells them at
    all. `patch_query`: that of a PATCH whose reply is to leave them out. `page_size`: of lists. `required`: paths
    without which a user is refused. `omitted`: attributes that are never sent. `changeable`: the only paths that can be
    changed after the create, () = all. `echoes`: what is answered to a write is what was sent, not what is kept.
    `rate`, `burst`: requests a second, 0 = no limit known, and how many at once. `parallel`: requests at a time, 0 = no
    limit known.
    """

    patch_users: bool = True
    patch_groups: bool = True
    put: bool = True
    create_with_members: bool = True
    replace_members: bool = True
    remove_by_filter: bool = True
    member_batch: int = 1000
    operations: int = 100
    member_query: str = ""
    group_query: str = "excludedAttributes=members"
    # Nothing unless it is known to be safe: SCIMMY 1.3.5 leaves out of the group what the reply is to leave out.
    patch_query: str = ""
    reads_members: bool = True
    page_size: int = 100
    required: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    changeable: tuple[str, ...] = ()
    echoes: bool = False
    rate: float = 0.0
    burst: int = 1
    parallel: int = 0


@dataclass(frozen=True, slots=True)
class Preset:
    """One target's server. `sources`: where each fact comes from, by field of Capabilities.

    `advice`: what a person must know to connect it, shown when a connection test fails; `notes`: what else is known.
    """

    name: str
    title: str
    capabilities: Capabilities
    sources: Mapping[str, str] = field(default_factory=dict)
    advice: str = ""
    notes: tuple[str, ...] = ()


GENERIC = Capabilities()


@cache
def presets() -> tuple[str, ...]:
    """Their names."""
    files = resources.files(__package__).joinpath("presets").iterdir()
    return tuple(sorted(file.name.removesuffix(".json") for file in files if file.name.endswith(".json")))


@cache
def load_preset(name: str) -> Preset:
    """Raises ValueError, with the names there are."""
    if name not in presets():
        raise ValueError(f"There is no preset {name!r}; there are {', '.join(presets())}.")
    document = json.loads(resources.files(__package__).joinpath("presets", f"{name}.json").read_bytes())
    facts: Mapping[str, Any] = document["facts"]
    known = [item.name for item in fields(Capabilities) if camel(item.name) in facts]
    return Preset(
        name,
        document["title"],
        Capabilities(**{name: _value(facts[camel(name)]["value"]) for name in known}),
        {name: facts[camel(name)]["source"] for name in known},
        document.get("advice", ""),
        tuple(document.get("notes", ())),
    )


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
