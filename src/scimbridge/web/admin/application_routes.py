"""The admin API's URLs for applications; a row of routes.TABLE each."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.responses import Response

from scimbridge.web.admin import shapes
from scimbridge.web.admin.openapi import Entry
from scimbridge.web.admin.operations import Operation

_ALL = "/admin/realms/{realm}/applications"
_ONE = f"{_ALL}/{{application}}"
_ASSIGNMENT = f"{_ONE}/assignments/{{type}}/{{id}}"
_PUSH_GROUP = f"{_ONE}/push-groups/{{push_group:path}}"  # groups have slashes in their names
_USER = f"{_ONE}/users/{{id}}"
_JOURNAL = ("id", "run", "after", "count", "newest")


def _later(name: str) -> Callable[[Operation], Awaitable[Response]]:
    """A function of applications.py, loaded when it is first asked for.

    With it come expressions and their parser: 4 MB and 0.2 s that a server without applications does without.
    """

    async def perform(operation: Operation) -> Response:
        from scimbridge.web.admin import applications  # noqa: PLC0415

        response: Response = await getattr(applications, name)(operation)
        return response

    perform.__name__ = name
    return perform


APPLICATIONS: Sequence[Entry] = (
    Entry("GET", _ALL, _later("list_all"), "The applications of a realm, and how each stands"),
    Entry("POST", _ALL, _later("create"), "Make an application", 201, shapes.NEW_APPLICATION),
    Entry("POST", f"{_ONE}/test", _later("test"), "Test its connection", shape=shapes.NOTHING),
    Entry("POST", f"{_ONE}/resume", _later("resume"), "End its quarantine", 204, shapes.NOTHING),
    Entry("GET", f"{_ONE}/plan", _later("plan"), "What a push would do", query=("everything", "verify", "count")),
    Entry("POST", f"{_ONE}/push", _later("push"), "Plan and carry it out", shape=shapes.PUSH),
    Entry("GET", f"{_ONE}/tasks", _later("list_tasks"), "What failed and waits for a person"),
    Entry("POST", f"{_ONE}/tasks/retry", _later("retry"), "Try a task again", 204, shapes.TASK),
    Entry("POST", f"{_ONE}/tasks/cancel", _later("cancel"), "Give a task up", 204, shapes.TASK),
    Entry("GET", f"{_ONE}/journal", _later("list_journal"), "What was pushed, oldest first", query=_JOURNAL),
    Entry("GET", f"{_ONE}/links", _later("list_links"), "Who is what at the target", query=("type",)),
    Entry("GET", f"{_ONE}/assignments", _later("list_assignments"), "Who is assigned, in order of priority"),
    Entry("POST", f"{_ONE}/assignments", _later("assign"), "Assign a user or group", 204, shapes.ASSIGNMENT),
    Entry("DELETE", _ASSIGNMENT, _later("unassign"), "Take an assignment back", 204),
    Entry("GET", f"{_ONE}/push-groups", _later("list_push_groups"), "The push groups"),
    Entry(
        "POST", f"{_ONE}/push-groups", _later("put_push_group"), "Push a group, or by a rule", 201, shapes.PUSH_GROUP
    ),
    Entry(
        "PATCH", _PUSH_GROUP, _later("change_push_group"), "Change what the body names", shape=shapes.PUSH_GROUP_CHANGE
    ),
    Entry("DELETE", _PUSH_GROUP, _later("drop_push_group"), "Push it no more", 204, query=("delete",)),
    Entry("GET", f"{_USER}/preview", _later("preview"), "What the mappings give for a user"),
    Entry(
        "POST", f"{_USER}/provision", _later("provision"), "Provision one user now, step by step", shape=shapes.NOTHING
    ),
    Entry("GET", _ONE, _later("show"), "An application's settings, and how it stands"),
    Entry("PATCH", _ONE, _later("change"), "Change the settings named in the body", shape=shapes.APPLICATION_CHANGE),
    Entry("DELETE", _ONE, _later("delete"), "Delete it; who was pushed stays there", 204, query=("confirm",)),
)
