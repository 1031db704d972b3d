"""The address of a server as somebody typed it. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def server_address(text: str, *, of: str) -> SplitResult:
    """The parts of `text`, the address of a server of the kind `of` ("a Rancher server").

    Raises ValueError for another scheme than http and https, no host, a port that is none, or an address that
    carries a credential, query or fragment: an address is shown and logged.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"The address of {of} begins with https:// or http:// and names a host.")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError(f"The address of {of} carries no key, query or fragment.")
    origin_of(parts)
    return parts


def origin_of(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host in lower case and port, the scheme's own where none is named.

    Raises ValueError for a port that is none.
    """
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port
