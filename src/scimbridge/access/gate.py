"""The way into a realm: authentication and the token endpoint, put together."""

from dataclasses import dataclass

from scimbridge.access.access_token import AccessTokens
from scimbridge.access.authenticator import Authenticator
from scimbridge.access.issuers import TrustedIssuers
from scimbridge.access.keyring import Keyring
from scimbridge.access.keys import Keys
from scimbridge.access.oauth import TokenService
from scimbridge.access.ports import AccessStore, Accounts, TokenRelay
from scimbridge.access.realm import Realm
from scimbridge.access.sources import Sources
from scimbridge.access.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Gate:
    """What web asks about one realm, made anew when the realm's settings change."""

    authenticator: Authenticator
    tokens: TokenService


def open_gate(
    realm: Realm,
    store: AccessStore,
    accounts: Accounts,
    *,
    issuers: TrustedIssuers,
    throttle: Throttle,
    sources: Sources,
    relay: TokenRelay | None = None,
) -> Gate:
    """`issuers` and `throttle` are the server's, one for all realms; what they know outlives the gate.

    `relay` leads to the Keycloak behind the realm, if there is one.
    """
    access = store.access(realm.id)
    keys = Keys(access, realm.name, sources)
    keyring = Keyring(access, store.version, sources.clock)
    tokens = AccessTokens(
        realm, access, keys=keys, keyring=keyring, accounts=accounts, clock=sources.clock, ids=sources.ids
    )
    authenticator = Authenticator(
        realm,
        access,
        version=store.version,
        tokens=tokens,
        issuers=issuers,
        throttle=throttle,
        clock=sources.clock,
    )
    service = TokenService(
        realm,
        access,
        keyring=keyring,
        tokens=tokens,
        accounts=accounts,
        throttle=throttle,
        clock=sources.clock,
        relay=relay,
    )
    return Gate(authenticator, service)
