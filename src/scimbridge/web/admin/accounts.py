"""What the admin API does to the accounts that an application's target has: finds them, and says whose they are."""

from typing import Any

from starlette.responses import Response

from scimbridge.provisioning.account_decision import decide
from scimbridge.provisioning.accounts import Account
from scimbridge.provisioning.jobs import Advance
from scimbridge.scim.errors import NotFound
from scimbridge.web.admin.import_documents import account_document, account_plan_document, accounts_imported_document
from scimbridge.web.admin.jobs import begin
from scimbridge.web.admin.operation import MOST_LINES, Operation
from scimbridge.web.admin.provisioned import Asked, ask
from scimbridge.web.plain import answer


async def run_import(operation: Operation) -> Response:
    body, count = operation.body, operation.count()
    async with ask(operation) as asked:
        asked.provisioner()
        application = asked.application
    imports = operation.realms.imports(operation.realm())

    async def plan(_: Advance) -> Any:
        async with imports.account_import(application) as importing:
            return account_plan_document(await importing.plan(), count)

    async def run(advance: Advance) -> Any:
        async with imports.account_import(application) as importing:
            imported = await importing.run(allow=frozenset(body.get("allow", ())), progress=advance)
            return accounts_imported_document(imported, MOST_LINES)

    subject = f"applications/{application.name}"
    if body.get("dryRun", False):
        return await begin(operation, "import plan", subject, plan)
    return await begin(operation, "import", subject, run)


async def list_all(operation: Operation) -> Response:
    start = operation.start()
    async with ask(operation) as asked:
        accounts = asked.provisioned.accounts(asked.application)
        found = accounts.all(operation.query("type"), operation.query("state"))[start : start + operation.count()]
        return answer([_document(asked, account) for account in found])


async def show(operation: Operation) -> Response:
    async with ask(operation) as asked:
        return answer(_document(asked, _account(operation, asked)))


async def confirm(operation: Operation) -> Response:
    person = operation.body.get("person", "")
    async with ask(operation) as asked:
        account = _account(operation, asked)
        id_ = asked.provisioned.find(account.type, person).id if person else ""
        imports = operation.realms.imports(operation.realm())
        async with imports.confirmation(asked.application, asked.actor) as confirmation:
            await decide(confirmation, account, person=id_, new=operation.body.get("new", False))
        return answer(_document(asked, _account(operation, asked)))


async def ignore(operation: Operation) -> Response:
    async with ask(operation) as asked:
        imports = operation.realms.imports(operation.realm())
        async with imports.confirmation(asked.application, asked.actor) as confirmation:
            await confirmation.ignore(_account(operation, asked))
        return answer(_document(asked, _account(operation, asked)))


def _account(operation: Operation, asked: Asked) -> Account:
    """That in the path. Raises NotFound."""
    type_, id_ = operation.path("type"), operation.path("account")
    account = asked.provisioned.accounts(asked.application).get(type_, id_)
    if account is None:
        raise NotFound(f'There is no account "{id_[:64]}" of type "{type_[:64]}" that the last import found.')
    return account


def _document(asked: Asked, account: Account) -> dict[str, Any]:
    name = asked.provisioned.name_of(account.type, account.person) if account.person else ""
    return account_document(account, name)
