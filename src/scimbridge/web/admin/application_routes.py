"""The admin API's URLs for applications, and for who and what is to be at them; a row of routes.TABLE each."""

from collections.abc import Sequence

from scimbridge.web.admin import shapes
from scimbridge.web.admin.components import many, one
from scimbridge.web.admin.entry import Entry, later

_ALL = "/admin/realms/{realm}/applications"
_ONE = f"{_ALL}/{{application}}"
_ASSIGNMENT = f"{_ONE}/assignments/{{type}}/{{id}}"
_PUSH_GROUP = f"{_ONE}/push-groups/{{push_group:path}}"  # groups have slashes in their names

_applications, _assignments = later("applications"), later("assignments")

APPLICATIONS: Sequence[Entry] = (
    Entry(
        "GET",
        _ALL,
        _applications("list_all"),
        "The applications of a realm, and how each stands",
        gives=many("Application"),
    ),
    Entry(
        "POST",
        _ALL,
        _applications("create"),
        "Make an application",
        201,
        shapes.NEW_APPLICATION,
        gives=one("Application"),
    ),
    Entry(
        "POST",
        f"{_ONE}/test",
        _applications("test"),
        "Test its connection",
        shape=shapes.NOTHING,
        gives=many("Attempt"),
    ),
    Entry("POST", f"{_ONE}/resume", _applications("resume"), "End its quarantine", 204, shapes.NOTHING),
    Entry("GET", _ONE, _applications("show"), "An application's settings, and how it stands", gives=one("Application")),
    Entry(
        "PATCH",
        _ONE,
        _applications("change"),
        "Change the settings named in the body",
        shape=shapes.APPLICATION_CHANGE,
        gives=one("Application"),
    ),
    Entry("DELETE", _ONE, _applications("delete"), "Delete it; who was pushed stays there", 204, query=("confirm",)),
)
ASSIGNMENTS: Sequence[Entry] = (
    Entry(
        "GET",
        f"{_ONE}/assignments",
        _assignments("list_all"),
        "Who is assigned, in order of priority",
        gives=many("Assignment"),
    ),
    Entry("POST", f"{_ONE}/assignments", _assignments("assign"), "Assign a user or group", 204, shapes.ASSIGNMENT),
    Entry("DELETE", _ASSIGNMENT, _assignments("unassign"), "Take an assignment back", 204),
    Entry("GET", f"{_ONE}/push-groups", _assignments("list_push_groups"), "The push groups", gives=many("PushGroup")),
    Entry(
        "POST",
        f"{_ONE}/push-groups",
        _assignments("put_push_group"),
        "Push a group, or by a rule",
        201,
        shapes.PUSH_GROUP,
        gives=one("PushGroup"),
    ),
    Entry(
        "PATCH",
        _PUSH_GROUP,
        _assignments("change_push_group"),
        "Change what the body names",
        shape=shapes.PUSH_GROUP_CHANGE,
        gives=one("PushGroup"),
    ),
    Entry("DELETE", _PUSH_GROUP, _assignments("drop_push_group"), "Push it no more", 204, query=("delete",)),
)
