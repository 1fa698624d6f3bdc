"""Profile mappings: what an application gets of a person.

    Context --ProfileMapping.document--> Mapped --merge--> the target's own document, changed where it differs

`defaults` are Okta's; `checks` is for whoever saves mappings.
"""

from scimbridge.provisioning.mapping.attribute_mapping import AttributeMapping
from scimbridge.provisioning.mapping.checks import MappingProblem, check_mappings, check_overrides
from scimbridge.provisioning.mapping.defaults import DEFAULT_MAPPINGS
from scimbridge.provisioning.mapping.differences import Difference, differences
from scimbridge.provisioning.mapping.merging import merge
from scimbridge.provisioning.mapping.previewing import Preview, preview
from scimbridge.provisioning.mapping.profile_mapping import (
    Mapped,
    MappingFailed,
    ProfileMapping,
    digest,
)
from scimbridge.provisioning.mapping.spelling import doubts

__all__ = [
    "DEFAULT_MAPPINGS",
    "AttributeMapping",
    "Difference",
    "Mapped",
    "MappingFailed",
    "MappingProblem",
    "Preview",
    "ProfileMapping",
    "check_mappings",
    "check_overrides",
    "differences",
    "digest",
    "doubts",
    "merge",
    "preview",
]
