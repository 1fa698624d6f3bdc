"""The admin API's URLs for applications; a row of routes.TABLE each."""

from collections.abc import Sequence

from scimbridge.web.admin import shapes
from scimbridge.web.admin.components import many, one
from scimbridge.web.admin.entry import Entry, later

_ALL = "/admin/realms/{realm}/applications"
_ONE = f"{_ALL}/{{application}}"
_ASSIGNMENT = f"{_ONE}/assignments/{{type}}/{{id}}"
_PUSH_GROUP = f"{_ONE}/push-groups/{{push_group:path}}"  # groups have slashes in their names
_USER = f"{_ONE}/users/{{id}}"
_ACCOUNT = f"{_ONE}/accounts/{{type}}/{{account:path}}"  # ids there are what others make of them
_JOURNAL = ("id", "run", "after", "count", "newest")

_applications, _assignments = later("applications"), later("assignments")
_pushes, _records, _accounts = later("pushes"), later("push_records"), later("accounts")
_JOB = one("Job")

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
PUSHES: Sequence[Entry] = (
    Entry("POST", f"{_ONE}/plan", _pushes("plan"), "What a push would do", 202, shapes.PLAN, gives=_JOB),
    Entry("POST", f"{_ONE}/push", _pushes("push"), "Plan and carry it out", 202, shapes.PUSH, gives=_JOB),
    Entry(
        "POST",
        f"{_ONE}/groups/{{id}}/push",
        _pushes("push_group"),
        "Push a group now, with its name and members",
        202,
        shapes.NOTHING,
        gives=_JOB,
    ),
    Entry("GET", f"{_USER}/preview", _pushes("preview"), "What the mappings give for a user", gives=many("Preview")),
    Entry(
        "POST",
        f"{_USER}/provision",
        _pushes("provision"),
        "Provision one user now, step by step",
        shape=shapes.NOTHING,
        gives=many("Step"),
    ),
    Entry("GET", f"{_ONE}/tasks", _records("list_tasks"), "What failed and waits for a person", gives=many("Task")),
    Entry("POST", f"{_ONE}/tasks/retry", _records("retry"), "Try a task again, or all", 204, shapes.TASK),
    Entry("POST", f"{_ONE}/tasks/cancel", _records("cancel"), "Give a task up, or all", 204, shapes.TASK),
    Entry(
        "GET",
        f"{_ONE}/journal",
        _records("list_journal"),
        "What was pushed, oldest first",
        query=_JOURNAL,
        gives=many("Push"),
    ),
    Entry(
        "GET",
        f"{_ONE}/links",
        _records("list_links"),
        "Who is what at the target",
        query=("type", "start", "count"),
        gives=many("Link"),
    ),
    Entry(
        "DELETE",
        f"{_ONE}/links/{{type}}/{{id}}",
        _records("unlink"),
        "Forget who somebody is there; nothing is sent",
        204,
    ),
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
ACCOUNTS: Sequence[Entry] = (
    Entry(
        "POST",
        f"{_ONE}/import",
        _accounts("run_import"),
        "Read its users and groups, and match them with those here",
        202,
        shapes.ACCOUNT_IMPORT,
        gives=_JOB,
    ),
    Entry(
        "GET",
        f"{_ONE}/accounts",
        _accounts("list_all"),
        "Its accounts, as the last import found them",
        query=("type", "state", "start", "count"),
        gives=many("Account"),
    ),
    Entry(
        "POST",
        f"{_ACCOUNT}/confirm",
        _accounts("confirm"),
        "Say whose an account is",
        shape=shapes.CONFIRMATION,
        gives=one("Account"),
    ),
    Entry(
        "POST",
        f"{_ACCOUNT}/ignore",
        _accounts("ignore"),
        "Leave an account alone",
        shape=shapes.NOTHING,
        gives=one("Account"),
    ),
    Entry("GET", _ACCOUNT, _accounts("show"), "An account", gives=one("Account")),
)
