"""What a token may not do at all; everything else is asked of the policy by the services."""

from django.utils.translation import gettext as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from deploytickets.access.errors import NotAllowed
from deploytickets.access.tokens import Scope
from deploytickets.api.authentication import token_of


class MayRead(BasePermission):
    """Reading with a token needs its scope `read`: what a token was not given, it may not do."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises NotAllowed, which names the scope."""
        token = token_of(request)
        if request.method in SAFE_METHODS and token is not None and Scope.READ not in token.scopes:
            raise NotAllowed(
                _("The token lacks the scope “%(scope)s”. Make one that has it, or sign in.")
                % {"scope": Scope.READ.value}
            )
        return True
