"""Whose an account is, as a person has decided."""

from scimbridge.provisioning.accounts import Account
from scimbridge.provisioning.confirmation import Confirmation
from scimbridge.scim.errors import InvalidValue


async def decide(confirmation: Confirmation, account: Account, *, person: str = "", new: bool = False) -> Account:
    """Makes it that of `person` (an id here), of somebody new, or else of who was suggested; the account as it is then.

    A person is assigned and linked; a group here becomes a push group that is pushed to the one there. Raises
    InvalidValue, and as Confirmation.
    """
    if person and new:
        raise InvalidValue("Either somebody who is here, or somebody new: not both.")
    if person:
        account = account._replace(person=person, why="confirmed by hand")
    if not account.person and not new:
        raise InvalidValue(f'Nobody was suggested for "{account.name}": say who it is, or that it is somebody new.')
    if new:
        account = await confirmation.make(account)
    if account.type == "User":
        await confirmation.confirm([account])
    elif not new:
        await confirmation.push(account)
    return account
