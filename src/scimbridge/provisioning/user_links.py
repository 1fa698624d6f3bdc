"""What ties a user here to the account there, as it is after each event."""

from collections.abc import Mapping
from typing import Any

import orjson

from scimbridge.provisioning.application import Application
from scimbridge.provisioning.environment import Environment
from scimbridge.provisioning.outline import Outline
from scimbridge.provisioning.performing import new_link
from scimbridge.provisioning.ports import Link
from scimbridge.provisioning.target import Written
from scimbridge.provisioning.users import UserDraft, current


class UserLinks:
    """Those of one application."""

    def __init__(self, application: Application, environment: Environment) -> None:
        self._application = application
        self._environment = environment

    def written(self, draft: UserDraft, written: Written, outline: Outline) -> Link:
        """The profile there is as it is to be, but for what the target does not keep."""
        known = draft.candidate.link.dropped if draft.candidate.link else ()
        link = self._new(draft, written.id, outline.name)._replace(
            digest=outline.digest,
            pushed=orjson.dumps(outline.mapped.document).decode(),
            dropped=(*known, *(path for path in written.dropped if path not in known)),
        )
        return current(link, draft, self._application)

    def begun(self, draft: UserDraft, target: str) -> Link:
        """Of an account that is there, with nobody knows what in it: the next attempt updates it."""
        return self._new(draft, target, draft.outline.name if draft.outline else draft.candidate.name)

    def found(self, draft: UserDraft, account: Mapping[str, Any]) -> Link:
        """The same, under the name that it has there."""
        return self.begun(draft, str(account["id"]))._replace(name=str(account.get("userName", "")))

    def ended(self, draft: UserDraft, link: Link) -> Link:
        """Of somebody whose access there has ended, as `link` says how."""
        return current(link, draft, self._application)._replace(confirmed=self._environment.now())

    def gone(self, link: Link) -> Link:
        """Deleted there by somebody else."""
        return link._replace(state="gone", confirmed=self._environment.now())

    def _new(self, draft: UserDraft, target: str, name: str) -> Link:
        return new_link("User", draft.candidate.source, target, name, self._environment)
