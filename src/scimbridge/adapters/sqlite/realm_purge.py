"""Deletes what deleted realms and applications leave behind, in steps short enough for other writes to pass between."""

import sqlite3
from functools import partial
from typing import Final

from scimbridge.adapters.sqlite.ledger import Ledger

# About 30 ms of the writer each.
_DELETED = "realm IN (SELECT id FROM deleted_realm)"
_STEPS: Final = (
    # Before the groups themselves, which would take all their memberships with them in one step.
    f"""DELETE FROM membership WHERE position IN
        (SELECT position FROM resource JOIN membership ON group_seq = seq
         WHERE {_DELETED} AND type = 'Group' LIMIT 2000)""",  # noqa: S608 (constants)
    f"DELETE FROM resource WHERE seq IN (SELECT seq FROM resource WHERE {_DELETED} LIMIT 500)",  # noqa: S608
    f"DELETE FROM journal WHERE sequence IN (SELECT sequence FROM journal WHERE {_DELETED} LIMIT 1000)",  # noqa: S608
    f"DELETE FROM link WHERE (realm, id) IN (SELECT realm, id FROM link WHERE {_DELETED} LIMIT 2000)",  # noqa: S608
    f"""DELETE FROM source_link WHERE (realm, id) IN
        (SELECT realm, id FROM source_link WHERE {_DELETED} LIMIT 2000)""",  # noqa: S608
    f"DELETE FROM intent WHERE {_DELETED}",  # noqa: S608
    f"DELETE FROM tending WHERE {_DELETED}",  # noqa: S608
    f"DELETE FROM task WHERE sequence IN (SELECT sequence FROM task WHERE {_DELETED} LIMIT 2000)",  # noqa: S608
    f"DELETE FROM job WHERE sequence IN (SELECT sequence FROM job WHERE {_DELETED} LIMIT 20)",  # noqa: S608
)
_TABLES: Final = {
    "assignment": "seq",
    "account": "seq",
    "push_group": "seq",
    "push_work": "seq",
    "pushed_link": "seq",
    "push_journal": "sequence",
}
_OF_APPLICATIONS: Final = (
    *(
        f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table}"  # noqa: S608
        " WHERE application IN (SELECT id FROM deleted_application) LIMIT 2000)"
        for table, key in _TABLES.items()
    ),
    """DELETE FROM pushed_member WHERE (application, group_source, source) IN
        (SELECT application, group_source, source FROM pushed_member
         WHERE application IN (SELECT id FROM deleted_application) LIMIT 2000)""",
    "DELETE FROM push_standing WHERE application IN (SELECT id FROM deleted_application)",
)


async def purge(ledger: Ledger, latest: str | None = None) -> None:
    """Deletes the resources, the journal and the links of every deleted realm; goes on where a crash cut it short.

    The realm that was deleted last stays on the list, so that the next purge takes what a request under way wrote
    into it after its deletion.
    """
    for statement in _STEPS:
        while await ledger.write(partial(_run, statement)):
            pass
    await purge_applications(ledger)
    await ledger.write(
        lambda connection: connection.execute("DELETE FROM deleted_realm WHERE id IS NOT ?", (latest,)).rowcount
    )


async def purge_applications(ledger: Ledger) -> None:
    """The same for deleted applications. They stay on their list: a push under way may write once more."""
    for statement in _OF_APPLICATIONS:
        while await ledger.write(partial(_run, statement)):
            pass


def _run(statement: str, connection: sqlite3.Connection) -> int:
    return connection.execute(statement).rowcount
