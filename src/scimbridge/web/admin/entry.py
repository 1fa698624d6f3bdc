"""A row of the admin API's table: a method and path, what is done, and the shapes of what is taken and given."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from starlette.responses import Response

from scimbridge.web.admin.operation import Operation
from scimbridge.web.admin.shapes import Shape

Perform = Callable[[Operation], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Entry:
    """`shape` None: no body is read. `query`: the parameters taken. `gives` None: an answer without a body."""

    method: str
    path: str
    perform: Perform
    summary: str
    status: int = 200
    shape: Shape | None = None
    query: Sequence[str] = ()
    gives: Shape | None = None


def later(module: str) -> Callable[[str], Perform]:
    """Functions of a module of this package, which is loaded when one of them is first asked for.

    With what works on applications come expressions and their parser: 4 MB and 0.2 s that a server without
    applications does without.
    """

    def named(name: str) -> Perform:
        async def perform(operation: Operation) -> Response:
            function: Perform = getattr(import_module(f"scimbridge.web.admin.{module}"), name)
            return await function(operation)

        perform.__qualname__ = f"{module}.{name}"
        return perform

    return named
