"""The mappings that an application starts with: Okta's for one made with its wizard, in the order in which it sends."""

from typing import Final

from scimbridge.provisioning.mapping.attribute_mapping import AttributeMapping

_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
_ADDRESS: Final = "addresses[primary eq true]."

DEFAULT_MAPPINGS: Final = tuple(
    AttributeMapping(target, expression)
    for target, expression in {
        "userName": "user.login",
        "name.givenName": "user.firstName",
        "name.familyName": "user.lastName",
        "name.middleName": "user.middleName",
        "name.honorificPrefix": "user.honorificPrefix",
        "name.honorificSuffix": "user.honorificSuffix",
        "emails[primary eq true].value": "user.email",
        "emails[primary eq true].type": 'user.emailType ?: "work"',
        "title": "user.title",
        "displayName": "user.displayName",
        "nickName": "user.nickName",
        "profileUrl": "user.profileUrl",
        'phoneNumbers[type eq "work"].value': "user.primaryPhone",
        'phoneNumbers[type eq "mobile"].value': "user.mobilePhone",
        f"{_ADDRESS}type": '"work"',
        f"{_ADDRESS}streetAddress": "user.streetAddress",
        f"{_ADDRESS}locality": "user.city",
        f"{_ADDRESS}region": "user.state",
        f"{_ADDRESS}postalCode": "user.zipCode",
        f"{_ADDRESS}country": "user.countryCode",
        "userType": "user.userType",
        "preferredLanguage": "user.preferredLanguage",
        "timezone": "user.timezone",
        f"{_ENTERPRISE}employeeNumber": "user.employeeNumber",
        f"{_ENTERPRISE}costCenter": "user.costCenter",
        f"{_ENTERPRISE}organization": "user.organization",
        f"{_ENTERPRISE}division": "user.division",
        f"{_ENTERPRISE}department": "user.department",
        f"{_ENTERPRISE}manager.value": "user.managerId",
        f"{_ENTERPRISE}manager.displayName": "user.manager",
        "locale": "user.locale",
        "externalId": 'user.getInternalProperty("id")',
    }.items()
)
