"""What a server asks of all applications at once; where there are none, nothing else of the provisioner is loaded."""

from scimbridge.adapters.sqlite.database import Database


def provisioned_realms(database: Database) -> frozenset[str]:
    """Ids of the realms that have applications."""
    rows = database.reader.execute("SELECT DISTINCT realm FROM application").fetchall()
    return frozenset(realm for (realm,) in rows)


def syncs_passwords(database: Database, realm: str) -> bool:
    """Whether an application of the realm is to get the passwords that are set here."""
    sql = "SELECT 1 FROM application WHERE realm = ? AND syncs LIMIT 1"
    return database.reader.execute(sql, (realm,)).fetchone() is not None


def latest_sequence(database: Database, realm: str) -> int:
    """Of the newest line of a realm's journal, 0 if it is empty."""
    sql = "SELECT coalesce(max(sequence), 0) FROM journal INDEXED BY journal_realm WHERE realm = ?"
    sequence: int = database.reader.execute(sql, (realm,)).fetchone()[0]
    return sequence


def count_works(database: Database, state: str) -> int:
    """Of all applications, `waiting` or `failed`."""
    sql = "SELECT count(*) FROM push_work WHERE state = ?"
    count: int = database.reader.execute(sql, (state,)).fetchone()[0]
    return count


def count_quarantined(database: Database, now: str) -> int:
    """Applications to which nothing is sent, because most of it failed."""
    sql = "SELECT count(*) FROM push_standing WHERE quarantined > ?"
    count: int = database.reader.execute(sql, (now,)).fetchone()[0]
    return count
