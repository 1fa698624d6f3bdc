"""Reports for machines: JSON, and JUnit's XML as build servers read it."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from scimbridge.interop.reports.report import Cause, Report, labelled, reply_text, request_text
from scimbridge.interop.result import StepResult
from scimbridge.interop.verdict import Outcome


def document(report: Report) -> dict[str, Any]:
    """As JSON: the verdict of each suite, and each step with what was wrong; of failed ones the exchange too."""
    return {
        "server": report.base_url,
        "scimbridge": report.version,
        "at": report.at.isoformat(timespec="seconds"),
        "passed": report.passed,
        "suites": {outcome.suite: suite_document(outcome) for outcome in report.outcomes},
    }


def suite_document(outcome: Outcome) -> dict[str, Any]:
    """What became of one suite, with every step."""
    return {
        "client": outcome.client,
        "evidence": outcome.evidence,
        "verdict": outcome.verdict.value,
        "passed": outcome.passed,
        "broken": outcome.broken,
        "skipped": outcome.skipped,
        "left": list(outcome.left),
        "trouble": outcome.trouble,
        "steps": [_step(step) for step in outcome.steps],
    }


def _step(step: StepResult) -> dict[str, Any]:
    described = {
        "number": step.number,
        "note": step.note,
        "origin": step.origin,
        "purpose": step.purpose.name,
        "required": step.purpose.required,
        "method": step.method,
        "target": step.target,
        "status": step.status,
        "seconds": round(step.seconds, 6),
        "good": step.good,
        "reached": step.reached,
        "failures": list(step.failures),
    }
    if not step.good:
        described |= dict(labelled(Cause([step])))
        if step.exchange:
            described |= {"request": request_text(step.exchange), "reply": reply_text(step.exchange)}
    return described


def junit(report: Report) -> str:
    """A testsuite for each suite, a testcase for each step; what is not required fails as skipped."""
    root = ET.Element("testsuites", name=f"scimbridge check {report.base_url}")
    for outcome in report.outcomes:
        root.append(_testsuite(outcome, report))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True)


def _testsuite(outcome: Outcome, report: Report) -> ET.Element:
    failed = [step for step in outcome.failed if step.purpose.required]
    suite = ET.Element(
        "testsuite",
        name=outcome.suite,
        tests=str(max(len(outcome.steps), 1)),
        failures=str(len(failed)),
        errors=str(int(bool(outcome.trouble))),
        skipped=str(len(outcome.failed) - len(failed)),
        time=f"{sum(step.seconds for step in outcome.steps):.3f}",
        timestamp=report.at.isoformat(timespec="seconds"),
    )
    if outcome.trouble:
        case = ET.SubElement(suite, "testcase", classname=outcome.suite, name="authorize")
        ET.SubElement(case, "error", message=_printable(outcome.trouble))
    suite.extend(_testcase(outcome.suite, step) for step in outcome.steps)
    return suite


def _testcase(suite: str, step: StepResult) -> ET.Element:
    name = _printable(f"{step.number} {step.note}".strip())
    case = ET.Element("testcase", classname=suite, name=name, time=f"{step.seconds:.3f}")
    if not step.good:
        message = _printable("; ".join(step.failures))
        failure = ET.SubElement(case, "failure" if step.purpose.required else "skipped", message=message)
        failure.text = _printable("\n".join(_lines(step)))
    return case


def _lines(step: StepResult) -> Sequence[str]:
    lines = [f"{label}: {text}" for label, text in labelled(Cause([step]))]
    if step.exchange:
        lines += ["", request_text(step.exchange), "", reply_text(step.exchange)]
    return lines


def _printable(text: str) -> str:
    """XML 1.0 knows no control characters but these three."""
    return "".join(character if character.isprintable() or character in "\t\n\r" else "?" for character in text)
