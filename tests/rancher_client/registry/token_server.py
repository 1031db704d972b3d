"""A small token server as a registry trusts it: Basic authentication in, a signed JWT out.

What a token must hold is in distribution:docs/spec/auth/jwt.md.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER = "token-server.test"
SERVICE = "registry.test"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a token."""

    scope: str
    service: str
    name: str | None


@dataclass
class TokenServer:
    """Gives tokens for what each name may pull; "" is whoever gives no name.

    Attributes:
        passwords: by name.
        may_pull: repositories by name.
        life: seconds that a token lasts, and says it does; None keeps silent about it.
        asked: what was asked for so far.
    """

    certificate: Path
    passwords: dict[str, str]
    may_pull: dict[str, set[str]]
    life: int | None = 300
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = owner.answer(self.path, self.headers.get("Authorization"))
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing; the tests read `asked`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def realm(self) -> str:
        """Where tokens are given."""
        return f"http://{self.host}/token?account_type=robot"

    def answer(self, path: str, authorization: str | None) -> tuple[int, dict[str, Any]]:
        """Status and body for one request."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        name = ""
        if authorization is not None:
            name, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            if self.passwords.get(name) != password:
                return 401, {"errors": [{"code": "UNAUTHORIZED", "message": "wrong name or password"}]}
        self.asked.append(Asked(query.get("scope", ""), query.get("service", ""), name or None))
        _, _, rest = query.get("scope", "").partition(":")
        repository, _, _ = rest.rpartition(":")
        access = [{"type": "repository", "name": repository, "actions": ["pull"]}]
        token = self.token(name, access if repository in self.may_pull.get(name, set()) else [])
        return 200, {"token": token} | ({"expires_in": self.life} if self.life is not None else {})

    def token(self, name: str, access: list[dict[str, Any]]) -> str:
        """A token as the registry checks it."""
        pem = self.certificate.read_bytes()
        key = serialization.load_pem_private_key(pem, password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
        now = int(time.time())
        header = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
        claims = {
            "iss": ISSUER,
            "sub": name,
            "aud": SERVICE,
            "exp": now + (self.life or 60),
            "nbf": now - 10,
            "iat": now,
            "jti": secrets.token_hex(8),
            "access": access,
        }
        signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
