"""What stands in front of a dot: the profiles and properties that an expression reads."""

from collections.abc import Callable, Mapping

from scimbridge.provisioning.expression.context import Context
from scimbridge.provisioning.expression.values import Value

Step = Callable[[Context], Value]


def _of_manager(name: str) -> Step:
    def read(context: Context) -> Value:
        manager = context.manager()
        return None if manager is None else manager.get(name)

    return read


REFERENCES: Mapping[str, Callable[[str], Step]] = {
    "user": lambda name: lambda context: context.profile.get(name),
    "appuser": lambda name: lambda context: context.appuser.get(name),
    "app": lambda name: lambda context: context.app.get(name),
    "org": lambda name: lambda context: context.org.get(name),
    "manager": _of_manager,
}

_ELSEWHERE = {
    "idpuser": "idpuser is known only where a person signs in through an identity provider.",
    "session": "session is known only where a person signs in.",
    "source": "source is Okta's former word; write user.NAME.",
    "manager": 'Write user.getLinkedObject("manager").NAME.',
}


def explain_reference(name: str) -> str:
    """A sentence about a name that has no attributes."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    return f"There is no {name} with attributes here; there are user, appuser, app and org."
