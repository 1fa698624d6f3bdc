"""Preflight: asks Keycloak everything that would break later, says what to do, and does it where it may."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from scimbridge.access.realm import Keycloak
from scimbridge.bridge.checks import check
from scimbridge.bridge.findings import Finding, Repair, Setup
from scimbridge.provisioning.errors import ProvisioningError, TargetRefused


class Inspection(Protocol):
    """The settings of a realm of Keycloak. Raises ProvisioningError."""

    async def read(self) -> Setup: ...

    async def change_realm(self, fields: Mapping[str, Any]) -> None: ...

    async def change_profile(self, profile: Mapping[str, Any]) -> None: ...


async def preflight(inspection: Inspection, setting: Keycloak) -> Sequence[Finding]:
    """All findings, good ones too; one alone if Keycloak cannot be asked."""
    try:
        setup = await inspection.read()
    except ProvisioningError as error:
        fix = "See that the URL, the network, the CA file, the client and its secret are right."
        return [Finding("reach", "failure", str(error), fix)]
    return [Finding("reach", "good", f"{setting.url} answers."), *check(setup, setting)]


async def repair(inspection: Inspection, setting: Keycloak) -> Sequence[Finding]:
    """Changes at Keycloak what may be changed, and looks again.

    What Keycloak does not let us change has the reason in its `fix`. Raises TargetUnavailable, TargetMisbehaved.
    """
    before = await preflight(inspection, setting)
    reasons: dict[str, str] = {}
    for finding in before:
        if finding.repair is not None:
            try:
                await _apply(inspection, finding.repair)
            except TargetRefused as refused:
                reasons[finding.check] = "that takes the role manage-realm." if refused.forbidden else refused.reason
    after = await preflight(inspection, setting) if any(finding.repair for finding in before) else before
    return [
        finding._replace(fix=f"{finding.fix} Preflight could not: {reasons[finding.check]}")
        if finding.repair is not None and finding.check in reasons
        else finding
        for finding in after
    ]


async def _apply(inspection: Inspection, change: Repair) -> None:
    if change.realm:
        await inspection.change_realm(change.realm)
    if change.attributes:
        profile = (await inspection.read()).profile or {}
        added = [_declaration(name) for name in change.attributes]
        await inspection.change_profile({**profile, "attributes": [*profile.get("attributes", []), *added]})


def _declaration(name: str) -> dict[str, Any]:
    """An attribute that administrators see and write, and users do not."""
    permissions = {"view": ["admin"], "edit": ["admin"]}
    return {"name": name, "displayName": name, "permissions": permissions, "multivalued": True}
