"""What settings of an application must be together: each rule raises InvalidValue, naming the settings."""

from dataclasses import asdict

from scimbridge.access.readers import camel
from scimbridge.provisioning.application import Application
from scimbridge.provisioning.expression import ExpressionError, compile_expression
from scimbridge.provisioning.mapping import check_mappings
from scimbridge.scim.errors import InvalidValue

# Matches that are no expression.
_EXACT = ("userName", "email")


def check_application(application: Application) -> None:
    """Raises InvalidValue for the first rule that is broken."""
    _check_actions(application)
    _check_schedules(application)
    if problems := check_mappings(application.mappings):
        told = " ".join(f'"{problem.target}": {problem.reason}' for problem in problems)
        raise InvalidValue(f'Setting "mappings": {told}')
    if application.imports.match not in _EXACT:
        check_expression("imports.match", application.imports.match)
    if application.saml is not None:
        check_expression("saml.applicationUsername", application.saml.application_username)


def check_expression(path: str, text: str) -> None:
    try:
        compile_expression(text)
    except ExpressionError as error:
        raise InvalidValue(f'Setting "{path}": {error}') from None


def _check_actions(application: Application) -> None:
    if application.connection is not None:
        return
    wanted = [f"actions.{camel(name)}" for name, on in asdict(application.actions).items() if on]
    if application.passwords == "sync":
        wanted.append("passwords")
    if wanted:
        raise InvalidValue(f'Setting "{wanted[0]}" needs a "connection" to the application.')


def _check_schedules(application: Application) -> None:
    actions = application.actions
    if application.import_schedule and not (actions.import_users or actions.import_groups):
        raise InvalidValue('Setting "importSchedule" needs "actions.importUsers" or "actions.importGroups".')
    if application.verify and not application.schedule:
        raise InvalidValue('Setting "verify" needs a "schedule": the full comparison is what verifies.')
