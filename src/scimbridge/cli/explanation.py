"""`scimbridge check --list` and `--explain`: what there is to play, and what a step of it is for."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from scimbridge.cli.output import Refused, put, put_fields, put_pretty, put_table
from scimbridge.interop.suite import Step, Suite


def put_suites(suites: Sequence[Suite], *, steps: bool) -> None:
    """The suites, or with `steps` every step of them."""
    if steps:
        rows = [_row(suite, step) for suite in suites for step in suite.steps]
        put_table(("step", "request", "what the client does", "required"), rows)
        return
    rows = [(suite.name, len(suite.steps), suite.client, _kind(suite.evidence)) for suite in suites]
    put_table(("suite", "steps", "client", "evidence"), rows)


def put_explanation(name: str, load: Callable[[str], Suite]) -> None:
    """One step, as `okta-wizard/14` names it. Raises Refused."""
    suite_name, slash, number = name.rpartition("/")
    if not slash:
        raise Refused(
            f"{name!r} names no step; write e.g. okta-wizard/14. The steps: check --list --suite okta-wizard."
        )
    suite = load(suite_name)
    step = next((step for step in suite.steps if str(step.number) == number), None)
    if step is None:
        raise Refused(f"{suite.name} has no step {number}. The steps: check --list --suite {suite_name}.")
    put_fields({label: text for label, text in _fields(suite, step) if text})
    if step.body is not None:
        put("\nbody")
        put_pretty(step.body)


def _fields(suite: Suite, step: Step) -> list[tuple[str, Any]]:
    purpose = step.purpose
    expectations = [
        f"{e.path} {e.operator}" + ("" if e.value is None else f" {json.dumps(e.value)}")
        for e in (*step.expectations, *step.limits, *step.header_expectations)
    ]
    made = step.body_from and f"the reply of step {step.body_from.step} with {json.dumps(step.body_from.replaced)}"
    return [
        ("client", suite.client),
        ("purpose", purpose.title),
        ("step", step.note),
        ("request", _request(step)),
        ("body", made),
        ("expected status", " or ".join(map(str, step.statuses))),
        ("expected reply", "; ".join(expectations)),
        ("required", "yes" if purpose.required else "no"),
        ("the client wants", purpose.wants),
        ("known from", purpose.known_from),
        ("what follows", purpose.consequence),
        ("how to fix the server", purpose.fix),
    ]


def _kind(evidence: str) -> str:
    """Its first words: recorded, documented, and so on."""
    return re.split(r"[(;.:]", evidence)[0].strip()


def _row(suite: Suite, step: Step) -> Sequence[Any]:
    return (f"{suite.name}/{step.number}", _request(step), step.note, step.purpose.required)


def _request(step: Step) -> str:
    return f"{step.method} {step.path}" + (f"?{step.query}" if step.query else "")
