"""One row of a profile mapping."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AttributeMapping:
    """`target`: a SCIM path, or Okta's external name for one (places.py). `expression`: what it becomes.

    `apply`: only when a user is created there, or whenever the profile is pushed.
    """

    target: str
    expression: str
    apply: Literal["create", "always"] = "always"
