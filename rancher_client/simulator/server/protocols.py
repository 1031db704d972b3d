"""uvicorn's protocols, which leave the connection in the scope so that a fault can break it."""

from __future__ import annotations

from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from .application import TRANSPORT


class BreakableHttp(HttpToolsProtocol):
    """HTTP whose connection an application can break."""

    def on_message_begin(self) -> None:
        """Called by the parser at the beginning of every request."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)["extensions"] = {TRANSPORT: self.transport}


class BreakableWebSocket(WebSocketsSansIOProtocol):
    """A websocket whose connection an application can break."""

    async def run_asgi(self) -> None:
        """Called once the handshake's request is read."""
        cast("dict[str, Any]", self.scope)["extensions"][TRANSPORT] = self.transport
        await super().run_asgi()
