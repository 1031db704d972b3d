"""What goes out: an answer, its headers and its bytes (rancher-1.6-api.md 1.1)."""

from __future__ import annotations

import gzip
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rancher_client.simulator.engine import Ref

from .access import Access
from .ids import format_id
from .requests import Prefix, Request

Headers = list[tuple[str, str]]

_JSON = "application/json; charset=utf-8"
_NEVER_ZIPPED = frozenset({"application/octet-stream"})

NOT_FOUND_PAGE = """<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"/>
<title>Error 404 Not Found</title>
</head>
<body><h2>HTTP ERROR 404</h2>
<p>Problem accessing {path}. Reason:
<pre>    Not Found</pre></p><hr><i><small>Powered by Jetty://</small></i><hr/>

</body>
</html>
"""

_BROWSER_PAGE = """<!DOCTYPE html>
<!-- If you are reading this, there is a good chance you would prefer sending an
"Accept: application/json" header and receiving actual JSON responses. -->
<script>
var schemas="{schemas}";
var data =
{data};
</script>
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What a call did, for audit log and journal. `request` is the body as the filters left it."""

    verb: str
    type_id: str
    ref: Ref | None = None
    request: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with a JSON resource, or with bytes of another type."""

    status: int
    body: Mapping[str, Any] | None = None
    content: bytes = b""
    content_type: str = _JSON
    headers: tuple[tuple[str, str], ...] = ()
    done: Done | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as it goes onto the wire."""

    status: int
    headers: Headers
    content: bytes


def escaped_json(body: Mapping[str, Any]) -> str:
    """JSON as the REST side writes it: slashes inside strings are escaped (1.1)."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).replace("/", "\\/")


def plain_json(body: Mapping[str, Any]) -> str:
    """JSON as the websocket writes it: slashes as they are (8)."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def text(status: int, content: str, content_type: str = "text/plain") -> Answer:
    """An answer that is no resource."""
    return Answer(status, content=content.encode(), content_type=content_type)


def written(
    answer: Answer, request: Request, prefix: Prefix | None, access: Access | None, version: str
) -> Written:
    """The answer with its headers; that of a good GET is gzipped for a client that takes it.

    Without `access` (401, 403, pages outside the API) the headers about the account are missing.
    """
    headers: Headers = []
    content, content_type = answer.content, answer.content_type
    if answer.body is not None:
        content, content_type = escaped_json(answer.body).encode(), _JSON
        if request.wants_html and prefix is not None:
            page = _BROWSER_PAGE.format(schemas=prefix.url("/schemas"), data=content.decode())
            content, content_type = page.encode(), "text/html; charset=UTF-8"
    headers.append(("Content-Type", content_type))
    if prefix is not None:
        headers.append(("X-API-Schemas", prefix.url("/schemas")))
        if version:
            headers.append(("X-Rancher-Version", version))
    if access is not None:
        headers += account_headers(access)
        headers.append(("X-API-Client-IP", request.client_ip))
        if request.is_browser and "CSRF" not in request.cookies:
            headers.append(("Set-Cookie", f"CSRF={secrets.token_hex(5).upper()};Path=/"))
    headers += answer.headers
    encoded = content_type in _NEVER_ZIPPED or any(name == "Content-Encoding" for name, _ in answer.headers)
    if answer.status == 200 and request.method == "GET" and not encoded:
        headers.append(("Vary", "Accept-Encoding, User-Agent"))
        if "gzip" in request.headers.get("accept-encoding", "").lower():
            headers.append(("Content-Encoding", "gzip"))
            content = gzip.compress(content, compresslevel=1)
    return Written(answer.status, headers, content)


def account_headers(access: Access) -> Headers:
    """Who the answer is for (1.1)."""
    return [
        ("X-API-Account-Id", format_id(access.account)),
        ("X-API-Account-Kind", access.caller.kind.value),
        ("X-API-Account-Name", access.caller.name),
        ("X-API-User-Id", format_id(access.caller.account)),
    ]
