"""Paths into a reply: `Resources[0].id`, `members[*].value`, `emails[type=work].value`, `urn:...:User.manager`."""

import re
from typing import Any

# A URN holds dots of its own ("2.0"); it ends at the word behind its last colon.
_NAME = re.compile(r"(urn:[^\[\]]*:\w+|[^.\[\]]+)")
_BRACKET = re.compile(r"\[(?:(\*)|(\d+)|([^=\]]+)=([^\]]*))\]")


class Absent:
    """The value of a path that leads nowhere; there is one of it, `ABSENT`."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT = Absent()
Step = str | int | tuple[str, str] | None


def find(document: Any, path: str) -> Any:
    """The value at `path`, ABSENT if there is none; behind `[*]` the list of what the elements have there.

    Raises ValueError if the path is malformed.
    """
    return _walk(document, _steps(path))


def _steps(path: str) -> list[Step]:
    """None stands for `[*]`, a number for an index, a pair for `[name=value]`."""
    steps: list[Step] = []
    position = 0
    while position < len(path):
        if found := _BRACKET.match(path, position):
            star, index, name, value = found.groups()
            steps.append(None if star else int(index) if index else (name, value))
        elif found := _NAME.match(path, position):
            steps.append(found[0])
        else:
            raise ValueError(f"path {path!r} cannot be read at {position + 1}")
        position = found.end() + (path[found.end() : found.end() + 1] == ".")
    return steps


def _walk(value: Any, steps: list[Step]) -> Any:
    for number, step in enumerate(steps):
        if step is None:
            rest = steps[number + 1 :]
            return [found for element in _elements(value) if (found := _walk(element, rest)) is not ABSENT]
        value = _down(value, step)
        if value is ABSENT:
            return ABSENT
    return value


def _down(value: Any, step: str | int | tuple[str, str]) -> Any:
    if isinstance(step, str):
        return value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
    elements = _elements(value)
    if isinstance(step, int):
        return elements[step] if step < len(elements) else ABSENT
    name, wanted = step
    matching = (element for element in elements if isinstance(element, dict) and element.get(name) == wanted)
    return next(matching, ABSENT)


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
