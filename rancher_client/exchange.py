"""One request and its whole answer, or the error that its absence stands for; whatever the server speaks.

Nothing of the environment is used (no proxy, .netrc or cookie), no redirect is followed, certificates are
always checked, and the answer is capped in size after unpacking.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from rancher_client.errors import OutcomeUnknown, RancherError, Unreachable, Unusable
from rancher_client.retry import Backoff
from rancher_client.transport import Call, DeadlineAdapter, making

_T = TypeVar("_T")
_READ_AT_ONCE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of any status: its unpacked body and its headers, names in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def retry_after(self) -> timedelta | None:
        """Retry-After in seconds; its form as a date is not used by anything that we know of."""
        value = self.headers.get("retry-after", "")
        return timedelta(seconds=min(int(value), 3600)) if value.isdecimal() else None


def exchange(
    adapter: DeadlineAdapter,
    method: str,
    url: str,
    call: Call,
    *,
    headers: Mapping[str, str],
    data: bytes | None = None,
    connect_timeout: timedelta,
    ca_bundle: str | None,
    max_bytes: int,
) -> Reply:
    """Send one request and read its answer before the deadline of `call`.

    Args:
        ca_bundle: path of a PEM file to trust instead of the usual authorities.
        max_bytes: size of the largest answer that is read, after unpacking.

    Raises:
        NotSent: `call.may_send` said no.
        Unreachable: no byte was sent; code "Certificate" where the server's certificate is the reason.
        OutcomeUnknown: sent, and then no whole answer came in time.
        Unusable: the answer is larger than `max_bytes`.
    """
    prepared = requests.Request(method, url, headers=dict(headers), data=data).prepare()
    try:
        with making(call):
            return _sent(adapter, prepared, call, connect_timeout, ca_bundle, max_bytes)
    except RancherError as error:
        error.method, error.url = method, url
        raise
    except (requests.RequestException, Urllib3Error, OSError) as error:
        kind = OutcomeUnknown if call.sent else Unreachable
        code = "Certificate" if _has_cause(error, ssl.SSLCertVerificationError) else None
        raise kind(_reason(error), method=method, url=url, code=code) from error


def tried_again(attempt: Callable[[], _T], *, deadline: float, backoff: Backoff) -> _T:
    """What `attempt` returns; repeated while that may help and the time lasts. For reads only.

    `deadline` is monotonic, and `attempt` keeps to it by itself. Raises what its last try raised.
    """
    tried = 0
    while True:
        tried += 1
        try:
            return attempt()
        except RancherError as error:
            pause = backoff.pause(tried, error, chance=random.random)
            if pause is None or time.monotonic() + pause.total_seconds() >= deadline:
                raise
        time.sleep(pause.total_seconds())


@contextmanager
def about(method: str, url: str, status: int) -> Iterator[None]:
    """An Unusable raised inside learns which answer it is about."""
    try:
        yield
    except Unusable as error:
        error.method, error.url, error.status = method, url, status
        raise


def _sent(
    adapter: DeadlineAdapter,
    prepared: requests.PreparedRequest,
    call: Call,
    connect_timeout: timedelta,
    ca_bundle: str | None,
    max_bytes: int,
) -> Reply:
    connect = min(connect_timeout.total_seconds(), call.seconds_left())
    response = adapter.send(
        prepared, stream=True, timeout=(connect, call.seconds_left()), verify=ca_bundle or True, proxies={}
    )
    try:
        body = bytearray()
        for chunk in response.raw.stream(_READ_AT_ONCE, decode_content=True):
            body += chunk
            if len(body) > max_bytes:
                raise Unusable(f"The answer is larger than {max_bytes} bytes.", status=response.status_code)
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, bytes(body), headers)


def _causes(error: BaseException) -> list[BaseException]:
    """`error` and what lies under it, innermost last. urllib3 hides causes in `reason` and `args`."""
    found: list[BaseException] = []
    present: BaseException | None = error
    while present is not None and present not in found:
        found.append(present)
        inner = getattr(present, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in present.args if isinstance(arg, BaseException)), None)
        present = inner or present.__cause__ or present.__context__
    return found


def _has_cause(error: BaseException, kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in _causes(error))


def _reason(error: BaseException) -> str:
    """One line about why an exchange failed; pool and address of urllib3's own text left out."""
    innermost = _causes(error)[-1]
    return f"{type(innermost).__name__}: {innermost}" if str(innermost) else type(innermost).__name__
