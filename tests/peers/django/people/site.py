"""The URLs of django-scim2, and the token that opens them."""
# mypy: ignore-errors
# (Django is no dependency of ours: this runs in an environment of its own.)

import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from django.urls import include, path

urlpatterns = [path("scim/v2/", include("django_scim.urls"))]


def signed_in(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Who brings the token is signed in: django-scim2 leaves authentication to a middleware in front of its own."""

    def answer(request: Any) -> Any:
        good = request.headers.get("Authorization") == f"Bearer {sys.argv[2]}"
        request.user = SimpleNamespace(is_anonymous=not good, is_authenticated=good, pk=1)
        return get_response(request)

    return answer
