"""Users and groups as django-scim2's documentation has them: its mixins on the models of Django."""
# mypy: ignore-errors
# (Django is no dependency of ours: this runs in an environment of its own.)

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    name = models.CharField(max_length=254, unique=True)


class User(AbstractSCIMUserMixin, AbstractUser):
    scim_groups = models.ManyToManyField(Group, related_name="user_set")
