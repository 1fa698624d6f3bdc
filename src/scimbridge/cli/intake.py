"""`scimbridge import`: accounts that an application's target has, and whose they are here."""

from typing import Annotated

import typer

from scimbridge.cli.account_plan import put_account_plan, put_accounts_imported
from scimbridge.cli.bar import progress
from scimbridge.cli.output import Refused, put_json, put_table, tell
from scimbridge.cli.parameter import ApplicationName, Json, RealmName
from scimbridge.cli.session import Session, command, new_group
from scimbridge.cli.source import Allow, DryRun
from scimbridge.provisioning.account_decision import decide
from scimbridge.provisioning.accounts import Account, Accounts
from scimbridge.provisioning.errors import PlanRefused
from scimbridge.web.admin.import_documents import account_document

AccountName = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Its userName or displayName there, or its id there.")
]
AsGroup = Annotated[bool, typer.Option("--group", help="It is a group.")]
State = Annotated[
    str | None,
    typer.Option(metavar="STATE", help="Only those that are unmatched, suggested, confirmed or ignored."),
]


def add_commands(application: typer.Typer) -> None:
    group = new_group(application, "import", "Accounts that an application has, and whose they are here.")
    command(group, "run")(run)
    command(group, "list")(show_all)
    command(group, "confirm")(confirm_account)
    command(group, "ignore")(ignore)


async def run(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    dry_run: DryRun = False,
    allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Read an application's users and groups and match them with those here; exit code 1 if some could not be made."""
    from scimbridge.wiring.intake import open_account_import  # noqa: PLC0415 (expressions)

    found = session.provisioning(realm).administration.get(application)
    async with open_account_import(session.instance, session.realm(realm), found) as importing:
        if dry_run:
            put_account_plan(await importing.plan(), as_json=as_json)
            return
        try:
            with progress(f"Importing from {application}") as advance:
                imported = await importing.run(allow=frozenset(allow or ()), progress=advance)
        except PlanRefused as error:
            names = " ".join(f"--allow {name}" for name in error.reasons)
            raise Refused(
                f'{error} Nothing was imported. "scimbridge import run {realm} {application} --dry-run" shows what'
                f" would be; if you mean it, import again with {names}."
            ) from None
    put_accounts_imported(imported, as_json=as_json)


async def show_all(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    state: State = None,
    as_json: Json = False,
) -> None:
    """List the accounts of an application, as the last import found them."""
    provisioning = session.provisioning(realm)
    accounts = _accounts(session, realm, application).all(state=state)
    rows = [(account, account.person and provisioning.name_of(account.type, account.person)) for account in accounts]
    if as_json:
        put_json([account_document(account, name) for account, name in rows])
        return
    if failure := provisioning.ledger(provisioning.administration.get(application)).standing().import_failure:
        tell(f"The last import on schedule came to nothing: {failure}")
    columns = ("type", "account", "state", "person", "why")
    put_table(columns, [(one.type.lower(), one.name, one.state, name, one.why) for one, name in rows])


async def confirm_account(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    account: AccountName,
    person: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="Whose it is here: a userName, or a group's displayName, or an id."),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Make a new person or group of it.")] = False,
    group: AsGroup = False,
) -> None:
    """Say whose an account is: the person who was suggested, another, or a new one. A person is assigned and linked.

    A group here becomes a push group that is pushed to the one there.
    """
    from scimbridge.wiring.intake import open_confirmation  # noqa: PLC0415 (expressions)

    provisioning = session.provisioning(realm)
    found = provisioning.administration.get(application)
    chosen = _choose(_accounts(session, realm, application), account, group=group)
    if person is not None and new:
        raise Refused("--as and --new do not go together.")
    if not (person or new or chosen.person):
        raise Refused(f'Nobody was suggested for "{chosen.name}": say --as NAME, or --new.')
    whose = provisioning.find(chosen.type, person).id if person is not None else ""
    async with open_confirmation(session.instance, session.realm(realm), found, session.actor) as confirmation:
        chosen = await decide(confirmation, chosen, person=whose, new=new)
    tell(f'"{chosen.name}" is {provisioning.name_of(chosen.type, chosen.person)} from now on.')


async def ignore(
    session: Session,
    *,
    realm: RealmName,
    application: ApplicationName,
    account: AccountName,
    group: AsGroup = False,
) -> None:
    """Leave an account alone: imports do not match it any more."""
    from scimbridge.wiring.intake import open_confirmation  # noqa: PLC0415 (expressions)

    found = session.provisioning(realm).administration.get(application)
    chosen = _choose(_accounts(session, realm, application), account, group=group)
    async with open_confirmation(session.instance, session.realm(realm), found, session.actor) as confirmation:
        await confirmation.ignore(chosen)
    tell(f'"{chosen.name}" is ignored.')


def _accounts(session: Session, realm: str, application: str) -> Accounts:
    provisioning = session.provisioning(realm)
    return provisioning.accounts(provisioning.administration.get(application))


def _choose(accounts: Accounts, name: str, *, group: bool) -> Account:
    """By name or id. Raises Refused."""
    kind = "Group" if group else "User"
    found = accounts.get(kind, name)
    named = [found] if found else [one for one in accounts.all(kind) if one.name.casefold() == name.casefold()]
    if len(named) != 1:
        problem = "There are several accounts" if named else "There is no account"
        raise Refused(f'{problem} "{name}"; "scimbridge import list" shows those that the last import found.')
    return named[0]
