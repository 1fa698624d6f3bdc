"""Where a page ended: what the next one goes on from, whatever came or went in between."""

from dataclasses import dataclass

import orjson

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
            case [None | str() | int() | float() as key, int(seq)] if 0 <= seq < 1 << 62:
                return cls(key, seq)
        raise ValueError(text)

    def text(self) -> str:
        return orjson.dumps([self.key, self.seq]).decode()
