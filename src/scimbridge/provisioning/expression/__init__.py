"""Okta's expression language over one person: a value from the profile, the groups, the application and the clock.

    compile_expression('user.firstName + " " + user.lastName').evaluate(context)

    text --parsing--> tree --compilation--> closures --evaluate(context)--> str | int | float | bool | None | list

An expression that has been compiled can not be malformed, name an unknown function or give one the wrong number of
arguments. It has no loops and reaches nothing but the Context, so its length bounds its steps; texts, arrays and
patterns are bounded as well (values.py, pattern.py).

null and "". An attribute that was never filled, or that nobody has, is null; "" is a text that was cleared.

* `+` leaves null out: `"a" + null` is `"a"`, `null + null` is null. (Spring's language, which Okta's stands on, writes
  the word "null"; nobody wants that in a name.)
* String functions give null for null; `String.len(null)` is 0, questions about null (`startsWith`, `stringContains`,
  `matches`) are false, `String.join` leaves null out, `String.stringSwitch(null, ...)` is the default.
* Array functions take null as an empty array, a text as comma-separated values.
* Convert, Iso3166Convert and Time functions give null for null and for "".
* `==` and `!=` compare anything and convert nothing; `<` and its like are false if a side is null.
* A condition must be true or false (the texts "true" and "false" will do); null is false.
* `x ?: y` is y if x is null or "".
"""

from scimbridge.provisioning.expression.compilation import Expression, compile_expression
from scimbridge.provisioning.expression.context import Context, GroupName
from scimbridge.provisioning.expression.errors import EvaluationError, ExpressionError

__all__ = ["Context", "EvaluationError", "Expression", "ExpressionError", "GroupName", "compile_expression"]
