"""The admin API's URLs for what goes to applications and comes from them; a row of routes.TABLE each."""

from collections.abc import Sequence

from scimbridge.web.admin import shapes
from scimbridge.web.admin.components import many, one
from scimbridge.web.admin.entry import Entry, later

_ONE = "/admin/realms/{realm}/applications/{application}"
_USER = f"{_ONE}/users/{{id}}"
_ACCOUNT = f"{_ONE}/accounts/{{type}}/{{account:path}}"  # ids there are what others make of them
_JOURNAL = ("id", "run", "after", "count", "newest")

_pushes, _records, _accounts = later("pushes"), later("push_records"), later("accounts")
_JOB = one("Job")

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
