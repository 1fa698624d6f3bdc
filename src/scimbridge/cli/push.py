"""`scimbridge push` and `scimbridge provision`: what is to be at an application is made so."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated

import orjson
import typer

from scimbridge.cli.bar import progress
from scimbridge.cli.output import Refused, put, put_json, put_table, tell
from scimbridge.cli.parameter import ApplicationName, Json, RealmName, UserName, duration
from scimbridge.cli.session import Session, command
from scimbridge.provisioning.errors import PlanRefused
from scimbridge.provisioning.on_demand import Step
from scimbridge.provisioning.summary import Summary
from scimbridge.web.admin.push_documents import summary_document

Everything = Annotated[
    bool, typer.Option("--everything", help="Compare all people and groups, also those that were up to date.")
]
Verify = Annotated[bool, typer.Option("--verify", help="Read the target too, and heal what others changed there.")]
Wait = Annotated[
    timedelta | None,
    typer.Option(parser=duration, metavar="TIME", help="For what is tried again; the rest stays queued. [default: 1m]"),
]

_PATIENCE = 60.0  # seconds
_SHOWN_FAILURES = 20


def add_commands(application: typer.Typer) -> None:
    command(application, "push")(push)
    command(application, "provision")(provision)


async def push(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", metavar="NAME", help="A safeguard to let pass this once. Repeatable.")
    ] = None,
    everything: Everything = False,
    verify: Verify = False,
    wait: Wait = None,
    as_json: Json = False,
) -> None:
    """Work out a plan and carry it out; exit code 1 if something of it failed."""
    provisioning = session.provisioning(realm)
    provisioner = provisioning.provisioner(provisioning.administration.get(application))
    try:
        with progress(f"Pushing to {application}") as advance:
            summary = await provisioner.push(
                allow=frozenset(allow or ()),
                everything=everything,
                verify=verify,
                progress=advance,
                patience=_PATIENCE if wait is None else wait.total_seconds(),
            )
    except PlanRefused as error:
        names = " ".join(f"--allow {name}" for name in error.reasons)
        raise Refused(
            f'{error} Nothing was sent. "scimbridge plan {realm} {application}" shows what would be;'
            f" if you mean it, push again with {names}."
        ) from None
    put_summary(summary, as_json=as_json)


async def provision(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    user: UserName,
    as_json: Json = False,
) -> None:
    """Provision one user now and show each step: match, mapping, requests, answers. Exit code 1 if it failed."""
    provisioning = session.provisioning(realm)
    provisioner = provisioning.provisioner(provisioning.administration.get(application))
    steps = await provisioner.provision(provisioning.source_of("User", user))
    if as_json:
        put_json([step._asdict() for step in steps])
    else:
        for step in steps:
            _put_step(step)
    if steps[-1].what == "outcome" and not steps[-1].text.startswith("done"):
        raise typer.Exit(1)


def put_summary(summary: Summary, *, as_json: bool) -> None:
    """What a push came to; ends the command with 1 if something failed."""
    if as_json:
        put_json(summary_document(summary))
    else:
        _put_summary(summary)
    if summary.failures or summary.quarantined:
        raise typer.Exit(1)


def _put_summary(summary: Summary) -> None:
    if summary.counts:
        put_table(
            ("action", "outcome", "count"),
            [(action, outcome, number) for (action, outcome), number in summary.counts.items()],
        )
    else:
        put("Nothing was to be done.")
    for failure in summary.failures[:_SHOWN_FAILURES]:
        put(f"FAILED {failure.action} {failure.name}: {failure.reason}")
    if len(summary.failures) > _SHOWN_FAILURES:
        put(f'... and {len(summary.failures) - _SHOWN_FAILURES:,} more; "scimbridge task list" has them all.')
    for path, number in summary.dropped.items():
        put(f"The target does not keep {path} (of {number:,} people); it is not pushed again.")
    for remark in _remarks(summary):
        tell(remark)


def _remarks(summary: Summary) -> Sequence[str]:
    remarks = []
    if summary.left_open:
        remarks.append(_settled(summary.left_open))
    if summary.waiting:
        remarks.append(f"{summary.waiting:,} wait in the queue, to be tried again.")
    if summary.quarantined:
        remarks.append(f"{summary.reason} Nothing is sent until {summary.quarantined}.")
    if summary.held:
        remarks.append(summary.held)
    return [*remarks, f"{summary.seconds:.1f} s"]


def _settled(left_open: Mapping[str, int]) -> str:
    """What came of the lines that an earlier push left open in the journal."""
    number, found = sum(left_open.values()), left_open.get("done", 0)
    return (
        f"{number:,} lines of the journal that an earlier push left open are settled:"
        f" {found:,} found there, {number - found:,} abandoned, and done again if still needed."
    )


def _put_step(step: Step) -> None:
    put(f"{step.what:<8} {step.text}")
    if step.detail is not None:
        text = orjson.dumps(step.detail, option=orjson.OPT_INDENT_2).decode()
        put("\n".join(f"         {line}" for line in text.splitlines()))
