"""The table of people in a CSV file (RFC 4180): each row that is not right is named by its line and column."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scimbridge.provisioning.errors import SourceUnreadable
from scimbridge.provisioning.sources.ports import Problem, Reading, Row
from scimbridge.provisioning.sources.source import CsvFile
from scimbridge.provisioning.sources.usual import identifier, usual_mappings

_CSV_ERRORS: Mapping[str, str] = {
    "unexpected end of data": 'a quote (") is opened here and never closed; what follows it is not read',
    "field larger": 'a quote (") is opened here and not closed within 128 KiB; what is between is not read',
    "expected after": 'a quote (") inside a value has to stand twice, or the value ends too early',
}


def read_people(text: str, settings: CsvFile, name: str) -> Reading:
    """The rows of a table; `name` is what a person knows it by. Raises SourceUnreadable if the first line is no use."""
    records = _records(text, settings.delimiter)
    _, header = next(records, (1, []))
    if isinstance(header, str):
        raise SourceUnreadable(f"{name}, line 1: {header}.")
    table = _Table(name, [column.strip() for column in header], settings)
    for line, cells in records:
        table.take(line, cells)
    return table.reading()


@dataclass
class _Table:
    name: str
    columns: Sequence[str]
    settings: CsvFile
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # by key
    members: dict[str, list[str]] = field(default_factory=dict)  # by folded name of a group
    spelled: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [column for column in self.columns if column]
        words: dict[str, str] = {}
        for column in named:
            if identifier(column) in words:
                other = words[identifier(column)]
                raise SourceUnreadable(f'{self.name}, line 1: "{other}" and "{column}" are one name to expressions.')
            words[identifier(column)] = column
        self.usual = usual_mappings(named)
        self.key = self.settings.key or self._naming_column(named)
        for wanted in (self.key, self.settings.groups):
            if wanted and wanted not in named:
                raise self._lacks(f'the column "{wanted}"')

    def take(self, line: int, cells: Sequence[str] | str) -> None:
        where = f"{self.name}, line {line}"
        if isinstance(cells, str):
            self.problems.append(Problem(where, cells))
            return
        width = len(self.columns)
        if len(cells) < width or any(cells[width:]):
            self.problems.append(Problem(where, f"the row is {len(cells)} cells wide, and the first line {width}"))
            return
        values = {column: cell.strip() for column, cell in zip(self.columns, cells, strict=False) if column}
        key = values[self.key]
        if key in self.lines:
            reason = f"the same value as in line {self.lines[key]}"
            self.problems.append(Problem(f'{where}, column "{self.key}"', reason, key))
            return
        if problem := self._problem(where, key, values):
            self.problems.append(problem)
        else:
            self.rows.append(Row("User", key, where, {identifier(column): value for column, value in values.items()}))
        if problem is None or problem.key:
            self.lines[key] = line
            self._join(key, values.get(self.settings.groups, ""))

    def reading(self) -> Reading:
        groups = [
            Row("Group", folded, f'{self.name}, column "{self.settings.groups}"', {"displayName": name}, tuple(members))
            for folded, members in self.members.items()
            for name in [self.spelled[folded]]
        ]
        return Reading(
            rows=[*self.rows, *groups],
            keys={"User": frozenset(self.lines), "Group": frozenset(self.members)},
            usual=self.usual,
            problems=self.problems,
        )

    def _problem(self, where: str, key: str, values: Mapping[str, str]) -> Problem | None:
        """Without a key if nobody can tell who it is, or which groups they are in."""
        for column, value in values.items():
            if not _is_text(value):
                known = _is_text(key) and _is_text(values.get(self.settings.groups, ""))
                place = f'{where}, column "{column}"'
                return Problem(place, "not UTF-8; save the file as CSV in UTF-8", key if known else "")
        if not key:
            return Problem(f'{where}, column "{self.key}"', "empty, and it is what tells the rows apart")
        return None

    def _join(self, key: str, names: str) -> None:
        for name in filter(None, map(str.strip, names.split(self.settings.group_separator))):
            folded = name.casefold()
            self.spelled.setdefault(folded, name)
            members = self.members.setdefault(folded, [])
            if key not in members[-1:]:
                members.append(key)

    def _naming_column(self, named: Sequence[str]) -> str:
        """The column that becomes userName."""
        naming = next((mapping.expression for mapping in self.usual if mapping.target == "userName"), "")
        for column in named:
            if f"appuser.{identifier(column)}" == naming:
                return column
        raise self._lacks("a column that tells the rows apart (login, or the one that the setting `key` names)")

    def _lacks(self, what: str) -> SourceUnreadable:
        there = ", ".join(f'"{column}"' for column in self.columns if column) or "nothing"
        marks = [mark for mark in ";\t|," if len(self.columns) == 1 and mark in self.columns[0]]
        hint = f' Is "{marks[0]}" what stands between its values? Then set it as the delimiter.' if marks else ""
        return SourceUnreadable(f"{self.name}, line 1: there is not {what}; there are: {there}.{hint}")


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """The line that each row begins in, and its cells, or what is wrong with it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:  # the reader goes on in the next line
            yield line, next((words for sign, words in _CSV_ERRORS.items() if sign in str(error)), str(error))
        else:
            if any(map(str.strip, cells)):
                yield line, cells
        line = reader.line_num + 1


def _is_text(value: str) -> bool:
    """Whether it was UTF-8."""
    return not any("\udc80" <= letter <= "\udcff" for letter in value)
