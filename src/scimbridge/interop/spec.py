"""Plays the tests that Okta publishes for SCIM servers: exports of Runscope (BlazeMeter API monitoring).

Read from an export are the steps of type request: method, URL, headers, body, assertions and variables. Pauses give a
hosted server time to settle; they are left out. The scripts of the export are JavaScript; what Okta's do is done here:
`spec_variables` gives the random values that the initial script sets, and `_check_scripts` knows the one check.
"""

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any
from urllib.parse import quote

from scimbridge.interop.jsonpath import ABSENT, find
from scimbridge.interop.masking import Mask
from scimbridge.interop.ports import HttpClient, Reply, Request, Unreachable
from scimbridge.interop.purpose import Purpose
from scimbridge.interop.result import StepResult, reason
from scimbridge.interop.suite_file import MalformedSuite

_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_BASE = "{{SCIMBaseURL}}"
_PURPOSE = Purpose(
    name="okta-spec",
    title="Okta's SPEC test",
    wants="Okta asks that this test passes before it lists an application.",
    known_from="the export itself",
    consequence="Okta does not accept the application, and its administrators meet the same request sooner or later.",
    fix="Answer this request as the test's assertion says.",
)
_MEMBERS = {"method", "url", "headers", "assertions", "variables", "scripts", "before_scripts"}


def is_spec(document: Any) -> bool:
    """Whether this is a Runscope export."""
    return isinstance(document, dict) and any("step_type" in step for step in document.get("steps", []))


def spec_variables(authorization: str, digits: str, letters: str) -> dict[str, str]:
    """What the test's environment and initial script set.

    `authorization` is the whole header value; `digits` (three) and `letters` (eight, lower case) are random.
    """
    name = f"Runscope{digits}{letters.capitalize()}{digits}@atko.com"
    return {
        "auth": authorization,
        "InvalidUserEmail": "abcdefgh@atko.com",
        "UserIdThatDoesNotExist": "010101001010101011001010101011",
        "randomGivenName": f"Runscope{digits}",
        "randomFamilyName": f"{letters.capitalize()}{digits}",
        "randomEmail": name.lower(),
        "randomUsername": name,
        "randomUsernameCaps": name.upper(),
    }


async def play_spec(
    document: Any, client: HttpClient, base_url: str, variables: Mapping[str, str]
) -> AsyncGenerator[StepResult]:
    """Sends every request of the export in order. Raises MalformedSuite before the first."""
    steps = [(number, step) for number, step in enumerate(document["steps"], 1) if step["step_type"] == "request"]
    for number, step in steps:
        if missing := _MEMBERS - step.keys():
            raise MalformedSuite(f"step {number} has no {', '.join(sorted(missing))}")
        if not step["url"].startswith(_BASE):
            raise MalformedSuite(f"step {number} asks {step['url']!r}, which is not below {_BASE}")
    known = dict(variables)
    mask = Mask([variables["auth"].partition(" ")[2] or variables["auth"]])
    for number, step in steps:
        request = _request(step, base_url.rstrip("/"), known)
        reply: Reply | None = None
        try:
            reply = await client.send(request)
            failures = _check(step, reply, known)
        except Unreachable as error:
            failures = [str(error)]
        yield StepResult(
            number=number,
            note=step.get("note", ""),
            origin="client",
            method=request.method,
            target=mask.text(request.url.removeprefix(base_url.rstrip("/"))),
            status=reply.status if reply else None,
            seconds=reply.seconds if reply else 0.0,
            failures=tuple(map(mask.text, failures)),
            purpose=_PURPOSE,
            exchange=mask.exchange(request, reply),
        )


def _request(step: Mapping[str, Any], base_url: str, known: Mapping[str, str]) -> Request:
    # The export holds blanks and quotes as typed; its runner encodes them, and so do we.
    target = quote(_fill(step["url"].removeprefix(_BASE), known), safe="/?&=%+:@,$()[]")
    body = step.get("body")
    headers = {name: _fill(values[0], known) for name, values in step["headers"].items()}
    return Request(step["method"], base_url + target, headers, _fill(body, known).encode() if body else None)


def _check(step: Mapping[str, Any], reply: Reply, known: dict[str, str]) -> list[str]:
    try:
        document = json.loads(reply.body) if reply.body else ABSENT
    except ValueError:
        return ["the body is not JSON"]
    for variable in step["variables"]:
        if (value := find(document, variable["property"])) is not ABSENT:
            known[variable["name"]] = _text(value)
    failures = [failure for assertion in step["assertions"] if (failure := _failure(assertion, reply, document, known))]
    return failures + _check_scripts(step, document)


def _failure(assertion: Mapping[str, Any], reply: Reply, document: Any, known: Mapping[str, str]) -> str | None:
    source, comparison = assertion["source"], assertion["comparison"]
    wanted = _fill(assertion["value"] or "", known)
    actual: Any
    if source == "response_status":
        subject, actual = "status", reply.status
    elif source == "response_time":
        subject, actual = "milliseconds", round(reply.seconds * 1000)
    elif source == "response_json":
        subject, actual = assertion["property"], find(document, assertion["property"])
    else:
        return f"cannot be checked: the source {source!r} is not known here"
    if comparison not in _COMPARISONS:
        return f"{subject}: cannot be checked: the comparison {comparison!r} is not known here"
    if actual is not ABSENT and _COMPARISONS[comparison](actual, wanted):
        return None
    hint = reason(reply) if subject == "status" else ""
    return f"{subject}: expected {comparison} {wanted}".rstrip() + f", found {_text(actual)}{hint}"


def _check_scripts(step: Mapping[str, Any], document: Any) -> list[str]:
    scripts = [script for script in (*step["scripts"], *step["before_scripts"]) if script.strip()]
    if not scripts:
        return []
    if any("Array.isArray(res)" not in script for script in scripts):
        return ["cannot be checked: a script that is not known here"]
    total, found = find(document, "totalResults"), find(document, "Resources")
    if total == 0 or isinstance(found, list):
        return []
    return ["Resources: expected an array, as totalResults is not 0"]


def _is_number(actual: Any, _: str) -> bool:
    return isinstance(actual, int | float) and not isinstance(actual, bool)


def _equal_number(actual: Any, wanted: str) -> bool:
    return _is_number(actual, wanted) and actual == float(wanted)


# Runscope compares texts: true is "true", 0 is "0".
_COMPARISONS: dict[str, Callable[[Any, str], bool]] = {
    "equal": lambda actual, wanted: _text(actual) == wanted,
    "equal_number": _equal_number,
    "not_empty": lambda actual, _: actual not in (None, "", [], {}),
    "has_value": lambda actual, wanted: isinstance(actual, list) and wanted in map(_text, actual),
    "contains": lambda actual, wanted: wanted in (map(_text, actual) if isinstance(actual, list) else _text(actual)),
    "is_a_number": _is_number,
    "is_less_than": lambda actual, wanted: _is_number(actual, wanted) and actual < float(wanted),
}


def _fill(text: str, known: Mapping[str, str]) -> str:
    """Names that nothing has set stay as they stand, as the runner leaves them."""
    return _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value) if value is ABSENT else json.dumps(value)
