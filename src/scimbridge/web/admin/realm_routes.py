"""The admin API's URLs for a realm's sources, its Keycloak, its jobs, and documents that describe it."""

from collections.abc import Sequence

from scimbridge.web.admin import shapes
from scimbridge.web.admin.components import many, one
from scimbridge.web.admin.entry import Entry, later

_REALM = "/admin/realms/{realm}"
_SOURCE = f"{_REALM}/sources/{{source}}"

_sources, _bridge, _jobs, _declarations = later("sources"), later("bridge"), later("jobs"), later("declarations")
_JOB = one("Job")

SOURCES: Sequence[Entry] = (
    Entry(
        "GET",
        f"{_REALM}/sources",
        _sources("list_all"),
        "Where people come from, and how many did",
        gives=many("Source"),
    ),
    Entry(
        "POST",
        f"{_REALM}/sources",
        _sources("create"),
        "Make a source; nothing is imported yet",
        201,
        shapes.NEW_SOURCE,
        gives=one("Source"),
    ),
    Entry(
        "POST", f"{_SOURCE}/test", _sources("test"), "Try it step by step", shape=shapes.NOTHING, gives=many("Attempt")
    ),
    Entry("POST", f"{_SOURCE}/import", _sources("run_import"), "Import from it", 202, shapes.SOURCE_IMPORT, gives=_JOB),
    Entry(
        "GET",
        f"{_SOURCE}/refused",
        _sources("list_refused"),
        "Rows that the last import refused",
        query=("start", "count"),
        gives=many("Problem"),
    ),
    Entry("GET", _SOURCE, _sources("show"), "A source's settings, and how its imports stand", gives=one("Source")),
    Entry(
        "PATCH",
        _SOURCE,
        _sources("change"),
        "Change the settings named in the body",
        shape=shapes.SOURCE_CHANGE,
        gives=one("Source"),
    ),
    Entry("DELETE", _SOURCE, _sources("delete"), "Delete it; who came from it stays", 204, query=("confirm",)),
)
BRIDGE: Sequence[Entry] = (
    Entry(
        "POST",
        f"{_REALM}/preflight",
        _bridge("preflight"),
        "Check whether its Keycloak is set up",
        202,
        shapes.PREFLIGHT,
        gives=_JOB,
    ),
    Entry(
        "POST",
        f"{_REALM}/drift",
        _bridge("drift"),
        "What differs between it and its Keycloak",
        202,
        shapes.DRIFT,
        gives=_JOB,
    ),
    Entry(
        "POST",
        f"{_REALM}/migrate",
        _bridge("migrate"),
        "Take over from what served SCIM there before",
        202,
        shapes.MIGRATION,
        gives=_JOB,
    ),
    Entry(
        "GET",
        f"{_REALM}/tasks",
        _bridge("list_tasks"),
        "What waits to be delivered to its Keycloak, or was refused",
        gives=many("BridgeTask"),
    ),
    Entry("POST", f"{_REALM}/tasks/retry", _bridge("retry"), "Try tasks again at once", 204, shapes.BRIDGE_TASKS),
    Entry("POST", f"{_REALM}/tasks/cancel", _bridge("cancel"), "Give tasks up", 204, shapes.BRIDGE_TASKS),
)
JOBS: Sequence[Entry] = (
    Entry(
        "GET",
        f"{_REALM}/jobs",
        _jobs("list_all"),
        "The latest jobs, newest first, without their results",
        gives=many("Job"),
    ),
    Entry("GET", f"{_REALM}/jobs/{{job}}", _jobs("show"), "A job, and what it came to", query=("wait",), gives=_JOB),
)
DECLARATIONS: Sequence[Entry] = (
    Entry(
        "GET",
        f"{_REALM}/declaration",
        _declarations("show"),
        "The realm as a document that describes it",
        gives=one("Declaration"),
    ),
    Entry(
        "POST",
        "/admin/declaration/plan",
        _declarations("plan"),
        "What differs between a document and what is",
        shape=shapes.DECLARATION,
        gives=one("Comparison"),
    ),
    Entry(
        "POST",
        "/admin/declaration/apply",
        _declarations("apply"),
        "Make it so",
        shape=shapes.DECLARATION,
        gives=one("Comparison"),
    ),
)
