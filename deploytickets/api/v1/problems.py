"""What the `type` of a problem leads to."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets.api import problems
from deploytickets.api.endpoint import Endpoint
from deploytickets.api.schema import described
from deploytickets.api.v1.shapes import asked


class KindSerializer(serializers.Serializer[Any]):
    """A kind of problem."""

    kind = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()


class Problems(Endpoint):
    """All kinds."""

    @described(
        "List the kinds of problems",
        answer=KindSerializer(many=True),
        tag="problems",
        operation="problems_list",
    )
    def get(self, request: Request) -> Response:
        """By name."""
        self.asked(asked.Nothing)
        return Response(KindSerializer(problems.known(), many=True).data)


class OneProblem(Endpoint):
    """One kind."""

    @described("Read what a kind of problem is", answer=KindSerializer, tag="problems", refuses=(404,))
    def get(self, request: Request, kind: str) -> Response:
        """Its title and status."""
        found = next((problem for problem in problems.known() if problem.kind == kind), None)
        if found is None:
            raise NotFound
        return Response(KindSerializer(found).data)
