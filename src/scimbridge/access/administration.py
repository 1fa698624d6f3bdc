"""Everything that the command line and the admin API do to realms, clients, tokens and keys.

    administration.realms.create("acme", {}, actor="cli:ada")
    administration.clients("acme").create("scim-client", roles=["manage-users"], actor="cli:ada")
    administration.tokens("acme").create("okta", actor="cli:ada")
    administration.keys("acme").rotate(actor="cli:ada")
    administration.admin_tokens.create("console", actor="cli:ada")

Every method that changes something takes `actor`, who asked, and leaves an AdminEvent; refusals are ScimErrors:
NotFound, Uniqueness, InvalidValue.
"""

from collections.abc import Sequence

from scimbridge.access.authenticator import TOUCH_INTERVAL
from scimbridge.access.clients import Clients
from scimbridge.access.credential import digest, find_secret
from scimbridge.access.keys import Keys
from scimbridge.access.ports import SERVER, AccessStore, AdminEvent, Seal
from scimbridge.access.principal import Principal
from scimbridge.access.realms import Realms
from scimbridge.access.sources import Sources
from scimbridge.access.tokens import Tokens
from scimbridge.scim.errors import Unauthenticated

ADMIN_ROLE = "admin"


class Administration:
    """The administration of one store; see the module."""

    def __init__(self, store: AccessStore, sources: Sources, seal: Seal) -> None:
        self._store = store
        self._sources = sources
        self._server = store.access(SERVER)
        self.realms = Realms(store, sources, seal)
        self.admin_tokens = Tokens(self._server, "", sources)

    def clients(self, realm: str) -> Clients:
        """Raises NotFound if there is no such realm, as the next two."""
        found = self.realms.get(realm)
        return Clients(self._store.access(found.id), found.name, self._sources)

    def tokens(self, realm: str) -> Tokens:
        found = self.realms.get(realm)
        return Tokens(self._store.access(found.id), found.name, self._sources)

    def keys(self, realm: str) -> Keys:
        found = self.realms.get(realm)
        return Keys(self._store.access(found.id), found.name, self._sources)

    def events(self, realm: str | None = None, after: int = 0, count: int = 100) -> Sequence[AdminEvent]:
        """What was changed and by whom, oldest first, above sequence `after`; of one realm by name, or of all."""
        return self._store.events(realm, after, count)

    async def admin_principal(self, authorization: str | None) -> Principal:
        """Who holds this admin token (`Bearer sb_...`); raises Unauthenticated."""
        scheme, _, value = (authorization or "").partition(" ")
        hash_ = digest(value.strip())
        token = self._server.token(hash_) if scheme.lower() == "bearer" else None
        secret = find_secret(token.secrets, hash_) if token else None
        now = self._sources.clock()
        if token is None or secret is None or not secret.good(now):
            raise Unauthenticated(
                'This needs an admin token as "Authorization: Bearer <token>"; make one on the server with'
                ' "scimbridge admin token create <name>".',
                headers={"WWW-Authenticate": 'Bearer realm="admin"'},
            )
        if token.last_used is None or now >= token.last_used + TOUCH_INTERVAL:
            await self._server.touch_token(token.name, now)
        return Principal(f"admin:{token.name}", token.name, frozenset({ADMIN_ROLE}))
