"""A function that expressions may call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scimbridge.provisioning.expression.values import Value

Checks = Mapping[int, Callable[[Value], object]]


@dataclass(frozen=True, slots=True)
class Function:
    """`call` takes the context and then `least` to `most` values (None: any number; `in_pairs`: an even number).

    It raises EvaluationError. `checks` look at values that stand in the text, by their place among the arguments, when
    the expression is compiled; they raise EvaluationError as the call would, later. `pure`: `call` takes no context.
    """

    call: Callable[..., Value]
    least: int
    most: int | None
    pure: bool = False
    in_pairs: bool = False
    uses_groups: bool = False
    uses_time: bool = False
    checks: Checks = field(default_factory=dict)

    @property
    def arity(self) -> str:
        """How many values it takes, in words."""
        if self.most is None:
            return f"{self.least} values or more" + (", an even number" if self.in_pairs else "")
        if self.least == self.most:
            return {0: "no value", 1: "1 value"}.get(self.least, f"{self.least} values")
        return f"{self.least} to {self.most} values"

    def takes(self, count: int) -> bool:
        return self.least <= count and (self.most is None or count <= self.most) and not (self.in_pairs and count % 2)


def pure(
    call: Callable[..., Value],
    least: int,
    most: int | None = -1,
    *,
    in_pairs: bool = False,
    checks: Checks | None = None,
) -> Function:
    """A function of its values alone; `most` is `least` unless given."""
    return Function(call, least, least if most == -1 else most, pure=True, in_pairs=in_pairs, checks=checks or {})
