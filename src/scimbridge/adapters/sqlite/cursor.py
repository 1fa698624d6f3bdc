"""Where a page ended: what the next one goes on from, whatever came or went in between."""

from dataclasses import dataclass

import orjson

MAX_INTEGER = 1 << 63  # SQLite's have 64 bits, with a sign

SortKey = str | int | float | None


@dataclass(frozen=True, slots=True)
class Mark:
    """The last resource of a page: its sort key (None where it has none, or nothing is sorted) and its seq."""

    key: SortKey
    seq: int

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """Raises ValueError."""
        match orjson.loads(text):
            case [None | str() | float() as key, int(seq)] if 0 <= seq < MAX_INTEGER:
                return cls(key, seq)
            case [int(key), int(seq)] if abs(key) < MAX_INTEGER and 0 <= seq < MAX_INTEGER:
                return cls(key, seq)
        raise ValueError(text)

    def text(self) -> str:
        return orjson.dumps([self.key, self.seq]).decode()
