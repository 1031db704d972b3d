"""How often one person may call, so that a loop gone wild does not take the pages from the others.

Counted per process and in memory: a limit against accidents, not a quota.
"""

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView


class Reading(UserRateThrottle):
    """GET: ten a second, for a minute's average."""

    scope = "reading"
    rate = "600/min"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts safe methods only."""
        return request.method not in SAFE_METHODS or super().allow_request(request, view)


class Changing(UserRateThrottle):
    """Everything else: two a second, for a minute's average."""

    scope = "changing"
    rate = "120/min"

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts unsafe methods only."""
        return request.method in SAFE_METHODS or super().allow_request(request, view)
