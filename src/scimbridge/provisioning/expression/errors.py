"""An expression that can not be taken, and one that gives no value for a person."""


class ExpressionError(ValueError):
    """The text is no expression; raised when it is saved.

    `position` counts characters from 1, `expected` says what would fit there ("" if it is not a matter of grammar).
    """

    def __init__(self, reason: str, position: int, expected: str = "") -> None:
        super().__init__(f"Character {position}: {reason}")
        self.reason = reason
        self.position = position
        self.expected = expected


class EvaluationError(ValueError):
    """The expression gives no value for this person; the message is a sentence that names the function or operator."""
