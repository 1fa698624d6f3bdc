"""The SQLite file: durable grouped writes, reads that do not wait, migrations, backup, and what goes wrong."""

import asyncio
import fcntl
import multiprocessing
import sqlite3
import stat
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scimbridge.adapters.sqlite import migration
from scimbridge.adapters.sqlite.database import Database
from scimbridge.adapters.sqlite.errors import DatabaseError
from scimbridge.adapters.sqlite.journal import Journal
from scimbridge.adapters.sqlite.links import SqliteLedger
from scimbridge.adapters.sqlite.migration import migrations
from scimbridge.bridge.ports import Intent
from scimbridge.directory.ports import JournalQuery, SearchTimeout

ENDLESS = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def put(text: str) -> Callable[[sqlite3.Connection], str]:
    """Writes a row whose content is of no interest."""

    def work(connection: sqlite3.Connection) -> str:
        connection.execute(
            "INSERT INTO resource VALUES (NULL, 'r', 't', ?1, ?1, ?1, ?1, NULL, NULL, NULL, 1, '', '', NULL, x'')",
            (text,),
        )
        return text

    return work


def stored(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT id FROM resource ORDER BY seq").fetchall()]


class TestWriting:
    async def test_a_write_is_seen_by_the_reader_as_soon_as_it_returns(self, database: Database) -> None:
        assert await database.write(put("a")) == "a"
        assert stored(database.reader) == ["a"]

    async def test_a_write_that_raises_leaves_nothing_and_the_others_of_its_batch_stand(
        self, database: Database
    ) -> None:
        def half(connection: sqlite3.Connection) -> None:
            put("half")(connection)
            raise LookupError("half")

        results = await asyncio.gather(
            database.write(put("a")), database.write(half), database.write(put("b")), return_exceptions=True
        )
        assert [str(result) for result in results] == ["a", "half", "b"]
        assert isinstance(results[1], LookupError)
        assert stored(database.reader) == ["a", "b"]

    async def test_writes_that_wait_together_are_committed_together(self, database: Database) -> None:
        gate = threading.Event()
        blocked = asyncio.ensure_future(database.write(lambda _: gate.wait(10)))
        waiting = [asyncio.ensure_future(database.write(put(str(number)))) for number in range(100)]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(blocked, *waiting)
        assert stored(database.reader) == [str(number) for number in range(100)]

    async def test_a_caller_that_gave_up_does_not_stop_the_writer(self, database: Database) -> None:
        gate = threading.Event()
        task = asyncio.ensure_future(database.write(lambda _: gate.wait(10)))
        await asyncio.sleep(0)
        task.cancel()
        gate.set()
        assert await database.write(put("a")) == "a"

    def test_an_event_loop_that_is_gone_does_not_stop_the_writer(self, tmp_path: Path) -> None:
        database = Database(tmp_path / "x.db")
        gate = threading.Event()

        async def leave() -> None:
            task = asyncio.ensure_future(database.write(lambda _: gate.wait(10)))
            await asyncio.sleep(0)
            task.cancel()

        asyncio.run(leave())
        gate.set()
        assert asyncio.run(database.write(put("a"))) == "a"
        asyncio.run(database.close())

    async def test_a_full_disk_fails_the_batch_and_later_writes_go_on(self, database: Database) -> None:
        pages: int = database.reader.execute("PRAGMA page_count").fetchone()[0]
        await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall())
        with pytest.raises(DatabaseError, match="full") as caught:
            await database.write(put("x" * 100_000))
        assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "5"})
        await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 100000").fetchall())
        await database.write(put("a"))
        assert stored(database.reader) == ["a"]

    async def test_closing_finishes_what_was_begun(self, tmp_path: Path) -> None:
        database = Database(tmp_path / "x.db")
        writes = [asyncio.ensure_future(database.write(put(str(number)))) for number in range(300)]
        await asyncio.sleep(0)
        await database.close()
        await asyncio.gather(*writes)
        again = Database(tmp_path / "x.db")
        assert len(stored(again.reader)) == 300
        await again.close()

    async def test_a_closed_database_refuses(self, tmp_path: Path) -> None:
        database = Database(tmp_path / "x.db")
        await database.close()
        await database.close()
        with pytest.raises(DatabaseError, match="closed"):
            await database.write(put("a"))
        with pytest.raises(DatabaseError, match="closed"):
            await database.scan(stored)

    async def test_the_reader_can_not_write(self, database: Database) -> None:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            put("a")(database.reader)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await database.scan(put("a"))

    async def test_commits_reach_the_disk_before_they_are_answered(self, database: Database) -> None:
        settings = await database.write(
            lambda connection: [
                connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
            ]
        )
        assert settings == ["wal", 2]

    async def test_only_commits_that_need_not_reach_the_disk_at_once_do_not_wait_for_it(
        self, database: Database
    ) -> None:
        def synchronous(connection: sqlite3.Connection) -> int:
            level: int = connection.execute("PRAGMA synchronous").fetchone()[0]
            return level

        assert await database.write(synchronous, synced=False) == 1
        assert await database.write(synchronous) == 2
        together = asyncio.gather(database.write(synchronous, synced=False), database.write(synchronous))
        assert (await together)[-1] == 2

    async def test_a_commit_that_did_not_wait_for_the_disk_is_seen_by_other_processes(self, database: Database) -> None:
        await database.write(put("a"), synced=False)
        with closing(sqlite3.connect(database.path)) as other:
            assert stored(other) == ["a"]


class TestSharing:
    async def test_two_open_databases_on_one_file_see_each_other_s_writes(self, database: Database) -> None:
        other = Database(database.path)
        names = [f"{side}{number}" for number in range(100) for side in "ab"]
        await asyncio.gather(*((database if name[0] == "a" else other).write(put(name)) for name in names))
        assert sorted(stored(database.reader)) == sorted(stored(other.reader)) == sorted(names)
        await other.close()

    async def test_a_write_waits_for_its_turn_among_processes(self, database: Database) -> None:
        with database.path.with_name(f"{database.path.name}-lock").open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            write = asyncio.ensure_future(database.write(put("a")))
            done, _ = await asyncio.wait([write], timeout=0.05)
            assert not done
            fcntl.flock(held, fcntl.LOCK_UN)
            assert await write == "a"


class TestScanning:
    async def test_a_scan_past_its_time_is_stopped_and_the_next_one_works(self, database: Database) -> None:
        with pytest.raises(SearchTimeout):
            await database.scan(lambda connection: connection.execute(ENDLESS).fetchone(), 0.02)
        await database.write(put("a"))
        assert await database.scan(stored, 10) == ["a"]

    async def test_writes_and_point_reads_go_on_beside_a_scan(self, database: Database) -> None:
        started, gate = threading.Event(), threading.Event()

        def slow(connection: sqlite3.Connection) -> Sequence[list[str]]:
            before = stored(connection)
            started.set()
            gate.wait(10)
            return before, stored(connection)

        scan = asyncio.ensure_future(database.scan(slow))
        await asyncio.to_thread(started.wait, 10)
        await database.write(put("a"))
        assert stored(database.reader) == ["a"]
        gate.set()
        assert await scan == ([], [])


class TestOpening:
    async def test_only_the_owner_may_read_the_files(self, database: Database) -> None:
        await database.write(put("a"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in database.path.parent.iterdir()}
        assert modes == {f"directory.db{end}": 0o600 for end in ("", "-lock", "-shm", "-wal")}

    async def test_a_path_with_special_characters_is_a_path(self, tmp_path: Path) -> None:
        path = tmp_path / "a b?mode=memory#%41.db"
        await Database(path).close()
        assert path.exists()

    @pytest.mark.parametrize(
        ("prepare", "sentence"),
        [
            (lambda path: path.mkdir(), "Is a directory"),
            (lambda path: path.write_bytes(b"x" * 5000), "file is not a database"),
            (lambda path: path.parent.rmdir(), "No such file or directory"),
        ],
        ids=["directory", "not a database", "no folder"],
    )
    def test_what_can_not_be_opened_is_said_with_its_name(
        self, tmp_path: Path, prepare: Callable[[Path], None], sentence: str
    ) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        prepare(folder / "x.db")
        with pytest.raises(DatabaseError, match=sentence) as caught:
            Database(folder / "x.db")
        assert str(folder / "x.db") in caught.value.detail

    def test_another_program_s_database_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "x.db"
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE theirs (x)")
        other.close()
        with pytest.raises(DatabaseError, match="another program"):
            Database(path)

    async def test_a_newer_format_is_refused_with_what_to_do(self, tmp_path: Path) -> None:
        path = tmp_path / "x.db"
        database = Database(path)
        await database.write(lambda _: None)
        await database.close()
        newer = sqlite3.connect(path)
        newer.execute("PRAGMA user_version = 999")
        newer.close()
        with pytest.raises(DatabaseError, match=r"newer scimbridge \(format 999.*upgrade"):
            Database(path)


class TestMigrations:
    def test_they_are_numbered_without_gaps(self) -> None:
        names = sorted(path.name for path in (Path(migration.__file__).parent / "migrations").glob("*.sql"))
        assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
        assert len(migrations()) == len(names)

    async def test_an_older_file_is_brought_forward_step_by_step(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "x.db"
        database = Database(path)
        await database.write(put("a"))
        await database.close()
        scripts = [*migrations(), "CREATE TABLE late (x) STRICT, WITHOUT ROWID"]
        monkeypatch.setattr(migration, "migrations", lambda: scripts)
        with pytest.raises(DatabaseError, match=f"could not be brought to format {len(scripts)}"):
            Database(path)
        scripts[-1:] = [
            "CREATE TABLE late (x TEXT) STRICT; INSERT INTO late VALUES ('b')",
            "UPDATE late SET x = x || 'c'",
        ]
        again = Database(path)
        assert stored(again.reader) == ["a"]
        assert again.reader.execute("SELECT x FROM late").fetchall() == [("bc",)]
        assert again.reader.execute("PRAGMA user_version").fetchone() == (len(scripts),)
        await again.close()

    async def test_links_of_groups_that_are_roles_know_it(self, tmp_path: Path) -> None:
        path = tmp_path / "x.db"
        older = sqlite3.connect(path)
        older.executescript(";".join(migrations()[:7]) + "; PRAGMA user_version = 7")
        older.execute("""INSERT INTO realm VALUES ('r1', 'acme', '{"keycloak": {"groupRoles": "portal"}}')""")
        for realm, type_ in (("r1", "Group"), ("r1", "User"), ("r2", "Group")):
            older.execute("INSERT INTO link VALUES (?, ?, ?, ?, 'managed', '', '')", (realm, type_, type_, type_))
        older.commit()
        older.close()
        database = Database(path)
        rows = database.reader.execute("SELECT realm, type, group_roles FROM link ORDER BY realm, type").fetchall()
        assert rows == [("r1", "Group", "portal"), ("r1", "User", ""), ("r2", "Group", "")]
        await database.close()

    async def test_the_lines_of_a_journal_find_the_ones_before_and_documents_their_resources(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "x.db"
        older = sqlite3.connect(path)
        older.executescript(";".join(migrations()[:13]) + "; PRAGMA user_version = 13")
        older.execute(
            "INSERT INTO resource (realm, type, id, name, name_key, display, version, created, modified)"
            " VALUES ('r1', 'User', 'bo', 'Bo', 'bo', '', 3, '', '')"
        )
        older.execute("INSERT INTO document VALUES (1, x'7b7d')")
        lines: list[tuple[str, str, str, str | None]] = [
            ("create", "ada", "Ada", "ada"),
            ("create", "bo", "B", "b"),
            ("change", "ada", "Ada", None),
            ("change", "bo", "Bo", "bo"),
            ("change", "bo", "Bo", None),
            ("change", "ada", "Eve", "eve"),
            ("delete", "ada", "Eve", None),
        ]
        for operation, id_, name, key in lines:
            older.execute(
                "INSERT INTO journal (time, realm, principal, client, request_id, operation, type, id, name, name_key,"
                " before, after, added, removed, password) VALUES ('', 'r1', '', '', '', ?, 'User', ?, ?, ?, '', '',"
                " '', '', 0)",
                (operation, id_, name, key),
            )
        older.commit()
        older.close()
        database = Database(path)

        def sequences(**query: Any) -> list[int]:
            return [entry.sequence for entry in Journal("r1").read(database.reader, JournalQuery(**query))]

        assert sequences() == [1, 2, 3, 4, 5, 6, 7]
        assert sequences(id="ada") == [1, 3, 6, 7]
        assert sequences(id="bo") == [2, 4, 5]
        for name, id_ in (("ada", "ada"), ("EVE", "ada"), ("b", "bo"), ("bo", "bo")):
            assert sequences(type="User", name=name) == sequences(id=id_), name
        assert database.reader.execute("SELECT body FROM resource").fetchall() == [(b"{}",)]
        await database.close()

    async def test_a_write_through_that_was_under_way_in_an_older_version_is_open_still(self, tmp_path: Path) -> None:
        path = tmp_path / "x.db"
        older = sqlite3.connect(path)
        older.executescript(";".join(migrations()[:12]) + "; PRAGMA user_version = 12")
        row = ("r1", "2026-01-01", "create", "User", "", "ada", "{}", "[]", "[]", "", "holder")
        older.execute(f"INSERT INTO intent VALUES (7, {', '.join('?' * len(row))})", row)  # noqa: S608
        older.commit()
        older.close()
        database = Database(path)
        ledger = SqliteLedger(database, "r1")
        intent = Intent(7, "2026-01-01", "create", "User", "", "ada", "{}")
        assert await ledger.abandoned_intents() == [intent]
        assert await ledger.begin(intent._replace(name="bo")) > intent.sequence
        await ledger.settle(intent.sequence)
        assert [open_.sequence > intent.sequence for open_ in await ledger.open_intents()] == [True]
        ledger.close()
        await database.close()


class TestBackup:
    async def test_a_backup_while_others_write_is_whole_and_opens(self, database: Database, tmp_path: Path) -> None:
        writes = [asyncio.ensure_future(database.write(put(str(number)))) for number in range(500)]
        target = tmp_path / "copy.db"
        await writes[50]
        await database.backup(target)
        await asyncio.gather(*writes)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        copy = Database(target)
        found = stored(copy.reader)
        assert len(found) > 50
        assert found == [str(number) for number in range(len(found))]
        assert copy.reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        await copy.close()

    async def test_a_backup_takes_the_place_of_an_older_one(self, database: Database, tmp_path: Path) -> None:
        target = tmp_path / "copy.db"
        await database.backup(target)
        await database.write(put("a"))
        await database.backup(target)
        copy = Database(target)
        assert stored(copy.reader) == ["a"]
        await copy.close()

    async def test_a_backup_that_fails_leaves_no_pieces(self, database: Database, tmp_path: Path) -> None:
        with pytest.raises(DatabaseError, match=r"copy\.db could not be written"):
            await database.backup(tmp_path / "nowhere" / "copy.db")
        folder = tmp_path / "folder"
        (folder / "copy.db").mkdir(parents=True)
        with pytest.raises(DatabaseError, match=r"copy\.db could not be written"):
            await database.backup(folder / "copy.db")
        assert [path.name for path in folder.iterdir()] == ["copy.db"]


@pytest.mark.slow
def test_processes_take_turns_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    spawning = multiprocessing.get_context("spawn")
    processes = [spawning.Process(target=write_many, args=(path, side)) for side in "ab"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM resource").fetchone() == (400,)
    connection.close()


def write_many(path: Path, side: str) -> None:
    async def main() -> None:
        database = Database(path)
        for start in range(0, 200, 20):
            await asyncio.gather(*(database.write(put(f"{side}{number}")) for number in range(start, start + 20)))
        await database.close()

    asyncio.run(main())
