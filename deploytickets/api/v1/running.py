"""Which version runs where."""

from rest_framework.request import Request
from rest_framework.response import Response

from deploytickets.api.endpoint import Endpoint
from deploytickets.api.schema import described
from deploytickets.api.v1.shapes import asked
from deploytickets.api.v1.shapes.catalog import BoardSerializer
from deploytickets.inventory import queries


class Running(Endpoint):
    """The matrix of applications and environments."""

    @described("Read which version runs where", answer=BoardSerializer, tag="catalog")
    def get(self, request: Request) -> Response:
        """As last seen."""
        self.asked(asked.Nothing)
        board = queries.board(self.user)
        running = [cell for row in board.rows for cell in row.cells if cell is not None]
        return Response(BoardSerializer({"environments": board.columns, "running": running}).data)
