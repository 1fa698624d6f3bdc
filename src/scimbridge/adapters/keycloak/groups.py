"""Groups of a Keycloak realm."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final

from scimbridge.adapters.keycloak.address import segment
from scimbridge.adapters.keycloak.client import Client
from scimbridge.adapters.keycloak.pages import pages
from scimbridge.adapters.keycloak.protection import SERVICE_ACCOUNT, Protection
from scimbridge.adapters.keycloak.representations import read_group, renamed_group
from scimbridge.bridge.ports import TargetGroup
from scimbridge.provisioning.errors import TargetRefused

# Keycloak answers 500 to a longer one (26.5.6, 26.7.4).
_LONGEST_NAME: Final = 255
_BRIEF: Final = {"briefRepresentation": "true"}
_GONE: Final = "the group is not there any more."


class Groups:
    """The half of bridge.ports.Target that is about groups and who is in them."""

    def __init__(self, client: Client, protection: Protection) -> None:
        self._client = client
        self._protection = protection

    async def get(self, id: str) -> TargetGroup | None:  # noqa: A002
        group = await self._client.get(f"/groups/{segment(id)}")
        return None if group is None else read_group(group)

    async def find(self, name: str) -> TargetGroup | None:
        """`search` finds parts of names, without regard to case, each below the groups that it is in."""
        wanted = name.casefold()
        found = [
            group
            async for page in pages(self._client, "/groups", {**_BRIEF, "search": name})
            for group in _flat(page)
            if group["name"].casefold() == wanted
        ]
        return read_group(found[0]) if len(found) == 1 else None

    async def all(self) -> AsyncIterator[TargetGroup]:
        """Breadth first; children are not in their parents' representation."""
        paths = ["/groups"]
        for path in paths:
            async for page in pages(self._client, path, _BRIEF):
                for group in page:
                    yield read_group(group)
                    if group.get("subGroupCount"):
                        paths.append(_children(group["id"]))

    async def create(self, name: str) -> str:
        _check_name(name)
        answer = await self._client.send("POST", "/groups", {"name": name})
        assert answer is not None  # noqa: S101 (a list is always there)
        return answer.created

    async def rename(self, id: str, name: str) -> None:  # noqa: A002
        _check_name(name)
        await self._protection.check_group(id)
        group = await self._require(id)
        if await self._client.send("PUT", f"/groups/{segment(id)}", renamed_group(group, name)) is None:
            raise TargetRefused(_GONE)

    async def move(self, id: str, parent: str) -> None:  # noqa: A002
        """A group put below itself is out of reach for Keycloak, so that is refused here (26.7.4: 204, or 500)."""
        for group in (id, parent):
            if group:
                await self._protection.check_group(group)
        above = parent
        while above:
            if above == id:
                raise TargetRefused("a group cannot be a member of itself there.", attribute="members")
            above = (await self._require(above)).get("parentId") or ""
        name = (await self._require(id))["name"]
        path = _children(parent) if parent else "/groups"
        if await self._client.send("POST", path, {"id": id, "name": name}) is None:
            raise TargetRefused(_GONE)

    async def delete(self, id: str) -> None:  # noqa: A002
        await self._protection.check_group(id)
        if await self.get(id) is None:
            return
        children = [child async for page in pages(self._client, _children(id), _BRIEF) for child in page]
        for child in children:
            await self.move(child["id"], "")
        await self._client.send("DELETE", f"/groups/{segment(id)}")

    async def members(self, id: str) -> frozenset[str]:  # noqa: A002
        """Service accounts are left out: they are nobody's members here."""
        path = f"/groups/{segment(id)}/members"
        return frozenset(
            [
                user["id"]
                async for page in pages(self._client, path, _BRIEF)
                for user in page
                if not user["username"].startswith(SERVICE_ACCOUNT)
            ]
        )

    async def join(self, account: str, group: str) -> None:
        await self._check_membership(account, group)
        if await self._client.send("PUT", _membership(account, group)) is None:
            raise TargetRefused("the user or the group is not there any more.", attribute="members")

    async def leave(self, account: str, group: str) -> None:
        await self._check_membership(account, group)
        await self._client.send("DELETE", _membership(account, group))

    async def _check_membership(self, account: str, group: str) -> None:
        await self._protection.check_account(account)
        await self._protection.check_group(group)

    async def _require(self, id: str) -> dict[str, Any]:  # noqa: A002
        group = await self._client.get(f"/groups/{segment(id)}")
        if group is None:
            raise TargetRefused(_GONE)
        read_group(group)
        return dict(group)


def _flat(groups: Iterable[Any]) -> Iterator[Any]:
    for group in groups:
        yield group
        yield from _flat(group.get("subGroups") or [])


def _children(id: str) -> str:  # noqa: A002
    return f"/groups/{segment(id)}/children"


def _membership(account: str, group: str) -> str:
    return f"/users/{segment(account)}/groups/{segment(group)}"


def _check_name(name: str) -> None:
    if len(name) > _LONGEST_NAME:
        raise TargetRefused(f"it must have at most {_LONGEST_NAME} characters there.", attribute="displayName")
