"""People, what they may do where, and the tokens that act for them."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from deploytickets.access.roles import Role
from deploytickets.catalog.models import Environment


class Theme(models.TextChoices):
    SYSTEM = "", "system"
    LIGHT = "light", "light"
    DARK = "dark", "dark"


class User(AbstractUser):
    """A person. `display_name` is what others see; `language` empty means the browser's."""

    display_name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(max_length=5, choices=Theme.choices, blank=True, default="")
    is_demo = models.BooleanField(default=False, editable=False)

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def may_be_used(self) -> bool:
        """Not disabled; and demo people, whose passwords everybody knows, exist in the demo only."""
        return self.is_active and (settings.DEMO or not self.is_demo)


class Grant(models.Model):
    """A role of a person in one environment; without an environment: in all of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    environment = models.ForeignKey(Environment, null=True, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "environment"], name="one_role_per_environment"),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(environment__isnull=True), name="one_role_everywhere"
            ),
        ]


class Token(models.Model):
    """A personal token: shown once, kept as SHA-256 of 256 random bits, acts as its owner.

    `password_stamp` ties it to the owner's password: it dies when that changes, as it does when
    the owner is disabled. `scopes` is a list of `tokens.Scope` values.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    password_stamp = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]


class IdempotencyKey(models.Model):
    """The stored answer to a request, so that its repetition has one effect (I16); kept for 24 h."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key")]
