"""Who is at a database file is known as long as it is there, and not a moment longer."""

import subprocess
import sys
from pathlib import Path

import pytest

from scimbridge.adapters.sqlite.presence import Presence

PROGRAM = """
import sys
from pathlib import Path
from scimbridge.adapters.sqlite.presence import Presence
print(Presence(Path(sys.argv[1])).hold(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "scim[1].db"


def files(database: Path) -> set[str]:
    return {path.name for path in database.parent.iterdir()}


def test_a_holder_is_alive_to_others_and_itself_until_it_is_closed(database: Path) -> None:
    first, second = Presence(database), Presence(database)
    name = first.hold()
    assert first.hold() == name != second.hold()
    assert [one.is_alive(name) for one in (first, second, Presence(database))] == [True] * 3
    first.close()
    first.close()
    assert not second.is_alive(name)
    second.close()
    assert files(database) == set()


def test_nobody_and_who_was_never_there_are_not_alive(database: Path) -> None:
    assert not Presence(database).is_alive("")
    assert not Presence(database).is_alive("0123456789abcdef")


@pytest.mark.slow
def test_a_killed_process_is_no_more_at_once_and_leaves_nothing(database: Path) -> None:
    killed, other = (
        subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-c", PROGRAM, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    )
    assert killed.stdout is not None
    assert other.stdout is not None
    names = [killed.stdout.readline().strip(), other.stdout.readline().strip()]
    here = Presence(database)
    assert all(here.is_alive(name) for name in names)
    killed.kill()
    killed.communicate()
    here.hold()
    assert [here.is_alive(name) for name in names] == [False, True]
    assert len(files(database)) == 2
    other.communicate("")
    assert not here.is_alive(names[1])
    here.close()
    assert files(database) == set()
