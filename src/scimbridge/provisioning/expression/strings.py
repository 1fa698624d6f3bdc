"""The functions of `String`."""

from collections.abc import Mapping

from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.function import Function, pure
from scimbridge.provisioning.expression.values import LONGEST_TEXT, Value, bounded_text, integer_of, text_of


def _append(value: Value, suffix: Value) -> Value:
    place = "String.append"
    if value is None and suffix is None:
        return None
    return bounded_text(text_of(value, place) + text_of(suffix, place), place)


def _join(separator: Value, *values: Value) -> Value:
    texts = [text_of(value, "String.join") for value in values if value is not None]
    return bounded_text(text_of(separator, "String.join").join(texts), "String.join")


def _length(value: Value) -> Value:
    return len(text_of(value, "String.len"))


def _remove_spaces(value: Value) -> Value:
    return None if value is None else "".join(text_of(value, "String.removeSpaces").split())


def _replace(value: Value, match: Value, replacement: Value) -> Value:
    return _replaced(value, match, replacement, -1)


def _replace_first(value: Value, match: Value, replacement: Value) -> Value:
    return _replaced(value, match, replacement, 1)


def _replaced(value: Value, match: Value, replacement: Value, count: int) -> Value:
    """Okta replaces in each text of an array as well."""
    place = "String.replace"
    if isinstance(value, list):
        return [_replaced(item, match, replacement, count) for item in value]
    if value is None or match is None or match == "":
        return value
    text, old, new = text_of(value, place), text_of(match, place), text_of(replacement, place)
    # The length is known before the text is made: a few of these around one another would fill the memory.
    if len(new) > len(old) and len(text) + text.count(old) * (len(new) - len(old)) > LONGEST_TEXT:
        raise EvaluationError(f"{place} gives more than {LONGEST_TEXT} characters.")
    return text.replace(old, new, count)


def _starts_with(value: Value, prefix: Value) -> Value:
    place = "String.startsWith"
    return value is not None and prefix is not None and text_of(value, place).startswith(text_of(prefix, place))


def _contains(value: Value, part: Value) -> Value:
    place = "String.stringContains"
    return value is not None and part is not None and text_of(part, place) in text_of(value, place)


def _switch(value: Value, default: Value, *pairs: Value) -> Value:
    """The value behind the first key that is a part of the text."""
    place = "String.stringSwitch"
    if value is not None:
        text = text_of(value, place)
        for key, found in zip(pairs[::2], pairs[1::2], strict=True):
            if key is not None and text_of(key, place) in text:
                return found
    return default


def _substring(value: Value, start: Value, end: Value) -> Value:
    place = "String.substring"
    if value is None:
        return None
    return text_of(value, place)[max(integer_of(start, place), 0) : max(integer_of(end, place), 0)]


def _before(value: Value, mark: Value) -> Value:
    """All of it if the mark is not there."""
    if value is None or mark is None:
        return value
    text, separator = text_of(value, "String.substringBefore"), text_of(mark, "String.substringBefore")
    return text.partition(separator)[0] if separator else ""


def _after(value: Value, mark: Value) -> Value:
    """Nothing of it if the mark is not there."""
    if value is None or mark == "":
        return value
    text, separator = text_of(value, "String.substringAfter"), text_of(mark, "String.substringAfter")
    return text.partition(separator)[2] if separator else ""


def _upper(value: Value) -> Value:
    return None if value is None else text_of(value, "String.toUpperCase").upper()


def _lower(value: Value) -> Value:
    return None if value is None else text_of(value, "String.toLowerCase").lower()


_SUBSTRING = pure(_substring, 3)
_BEFORE = pure(_before, 2)
_AFTER = pure(_after, 2)
_UPPER = pure(_upper, 1)
_LOWER = pure(_lower, 1)

STRINGS: Mapping[str, Function] = {
    "String.append": pure(_append, 2),
    "String.join": pure(_join, 2, None),
    "String.len": pure(_length, 1),
    "String.removeSpaces": pure(_remove_spaces, 1),
    "String.replace": pure(_replace, 3),
    "String.replaceFirst": pure(_replace_first, 3),
    "String.startsWith": pure(_starts_with, 2),
    "String.stringContains": pure(_contains, 2),
    "String.stringSwitch": pure(_switch, 4, None, in_pairs=True),
    "String.substring": _SUBSTRING,
    "String.substringAfter": _AFTER,
    "String.substringBefore": _BEFORE,
    "String.toLowerCase": _LOWER,
    "String.toUpperCase": _UPPER,
    # The forms of Okta's first years, which still work there.
    "substring": _SUBSTRING,
    "substringAfter": _AFTER,
    "substringBefore": _BEFORE,
    "toLowerCase": _LOWER,
    "toUpperCase": _UPPER,
}
