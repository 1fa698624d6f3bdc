"""What tests of the target work on."""

from dataclasses import dataclass

import pytest

from scimbridge.bridge.ports import Profile, Target

from .server import WITH_SCIM, WITHOUT_SCIM

MEMORY = "memory"
VERSIONS = [pytest.param(version, marks=pytest.mark.slow) for version in (WITH_SCIM, WITHOUT_SCIM)]


@dataclass(frozen=True)
class Site:
    """A target, and short words for what tests do to it."""

    target: Target

    async def account(self, name: str, **fields: object) -> str:
        profile = Profile(name, True, f"{name}@example.test", "Ada", "Byron")._replace(**fields)  # type: ignore[arg-type]
        return await self.target.create_account(profile, None)
