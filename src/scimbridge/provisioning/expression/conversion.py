"""The functions of `Convert` and `Iso3166Convert`."""

import math
from collections.abc import Callable, Mapping

import iso3166

from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.function import Function, pure
from scimbridge.provisioning.expression.values import INTEGERS, Value, shown, text_of

_LONGEST_NUMBER = 40


def _to_integer(value: Value) -> Value:
    """Rounded to the nearest, halves up."""
    number = _number(value, "Convert.toInt")
    if number is None:
        return None
    rounded = number if isinstance(number, int) else math.floor(number + 0.5)
    if rounded not in INTEGERS:
        raise EvaluationError("Convert.toInt gives a number of more than 64 bits.")
    return rounded


def _to_number(value: Value) -> Value:
    number = _number(value, "Convert.toNum")
    return None if number is None else float(number)


def _number(value: Value, place: str) -> int | float | None:
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text.isascii() and len(text) <= _LONGEST_NUMBER and "_" not in text:
        try:
            return int(text)
        except ValueError:
            pass
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            return number
    raise EvaluationError(f"{place} takes a number, not {shown(value)}.")


def _country(part: Callable[[iso3166.Country], str], name: str) -> Function:
    place = f"Iso3166Convert.{name}"

    def convert(value: Value) -> Value:
        if value is None or value == "":
            return None
        found = iso3166.countries.get(text_of(value, place).strip(), None)
        if found is None:
            raise EvaluationError(f"{place} knows no country {shown(value)}: a code of ISO 3166-1, such as DE or 276.")
        return part(found)

    return pure(convert, 1)


CONVERSIONS: Mapping[str, Function] = {
    "Convert.toInt": pure(_to_integer, 1),
    "Convert.toNum": pure(_to_number, 1),
    "Iso3166Convert.toAlpha2": _country(lambda country: country.alpha2, "toAlpha2"),
    "Iso3166Convert.toAlpha3": _country(lambda country: country.alpha3, "toAlpha3"),
    "Iso3166Convert.toName": _country(lambda country: country.name, "toName"),
    "Iso3166Convert.toNumeric": _country(lambda country: country.numeric, "toNumeric"),
}
