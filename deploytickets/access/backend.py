"""Which accounts may sign in and stay signed in: asked at sign-in and again with every request."""

from django.contrib.auth.backends import ModelBackend

from deploytickets.access.models import User


class AccountBackend(ModelBackend):
    """Local accounts with a password."""

    def user_can_authenticate(self, user: User | None) -> bool:  # type: ignore[override]
        """A disabled account cannot, nor a demo person outside of the demo; sessions that are open end."""
        return user is not None and user.may_be_used
