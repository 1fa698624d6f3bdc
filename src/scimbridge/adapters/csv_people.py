"""A CSV file as a source of people."""

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

from scimbridge.adapters.csv_table import read_people
from scimbridge.provisioning.errors import SourceUnreadable
from scimbridge.provisioning.sources.ports import Reading
from scimbridge.provisioning.sources.source import CsvFile
from scimbridge.provisioning.target import Attempted


class CsvPeople:
    """Fulfils provisioning.sources.ports.People."""

    def __init__(self, settings: CsvFile) -> None:
        self._settings = settings

    async def test(self) -> Sequence[Attempted]:
        try:
            reading = await self.read("")
        except SourceUnreadable as error:
            return [Attempted(f"read {self._settings.path}", error.reason, good=False)]
        counted = f"{len(reading.keys['User'])} people, {len(reading.keys['Group'])} groups"
        attempts = [Attempted(f"read {self._settings.path}", counted, good=True)]
        attempts += [Attempted(problem.where, problem.reason, good=False) for problem in reading.problems]
        return attempts

    # A file has no past: it is read whole.
    async def read(self, cursor: str, again: Collection[str] = ()) -> Reading:  # noqa: ARG002
        return await asyncio.to_thread(_read_file, self._settings)

    async def close(self) -> None:
        """Nothing is held open."""


def _read_file(settings: CsvFile) -> Reading:
    path = Path(settings.path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror}.") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceUnreadable(f"{path} is UTF-16: save it as CSV in UTF-8.")
    # What is no UTF-8 spoils the cell that it stands in, not the file.
    return read_people(content.decode("utf-8-sig", errors="surrogateescape"), settings, path.name)
