"""One simulated Rancher server: all parts put together, without sockets."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rancher_client.simulator.engine import Engine, Outcome, Ref, Refused

from . import answers, errors, login
from .access import Access, Perspective
from .answers import Answer, Done, Written
from .audit_log import AuditLog
from .auth import CHALLENGE, Authenticator
from .certificates import Certificates
from .changing import Writer
from .directory import Directory
from .faults import Effect, Fault, Faults, page
from .host_access import HostAccess, Tokens
from .host_streams import HostStream, Told, stream_of
from .ids import drawn_uuid, format_id
from .journal import Journal
from .key_certificates import CertificateAuthority
from .listing import Lister
from .reading import Reader
from .requests import Address, Prefix, Race, Request, address_of, body_of, root_of
from .routing import Router
from .run_loop import RunLoop
from .schemas import Role
from .subscribe import Publisher
from .tables import Tables
from .tokens import script

BeforeAnswer = Callable[[Request, Written], None]
"""Called in the event loop's thread when an answer is ready; in-process tests look or act here."""


_RACES = {Effect.TEAR: Outcome.TORN, Effect.LOSE_BLOCK: Outcome.BLOCK_LOST}


@dataclass(frozen=True, slots=True)
class Handled:
    """What a request led to. `fault` is what the socket still has to do to the answer."""

    written: Written
    fault: Fault | None = None


class Simulator:
    """Answers requests; knows nothing of sockets. Not thread-safe: hold `loop.lock`."""

    def __init__(self, engine: Engine, *, speed: float = 1.0, access_control: bool = False) -> None:
        self.loop = RunLoop(engine, speed=speed)
        self.directory = Directory(
            clock=lambda: self.loop.now,
            project_exists=self._project_exists,
            access_control=access_control,
        )
        self.audit_log = AuditLog()
        self.journal = Journal()
        self.faults = Faults()
        self.before_answer: list[BeforeAnswer] = []
        self._error_ids = random.Random(0)  # noqa: S311  no secrets
        self.certificates = Certificates(lambda: self.loop.now)
        self._tables = Tables(lambda: self.loop.engine, self.directory, self.certificates, self.audit_log)
        self._auth = Authenticator(self.directory, self._tables)
        self._host_access = HostAccess(lambda: self.loop.engine, Tokens(lambda: self.loop.now))
        self._reader = Reader(self._tables, self.directory, self._host_access)
        authority = CertificateAuthority(lambda: self.loop.now)
        lister = Lister(self._tables, self.directory, self._reader, self._host_access, authority)
        writer = Writer(
            self._tables, self.directory, self.certificates, self._reader, lister, self._host_access
        )
        self._router = Router(self._reader, lister, writer, self.directory)
        self.publisher = Publisher(self._tables, self._reader, self.faults, lambda: self.loop.now)

    def tick(self) -> None:
        """Once a second: publish what has changed since the last tick (8)."""
        with self.loop.lock:
            self.loop.catch_up()
            self.publisher.publish(self.loop.engine.take_changes())

    def handle(self, request: Request) -> Handled:
        """Answer a request below `/`, `/v1`, `/v2-beta` and `/ping`."""
        with self.loop.lock:
            self.loop.catch_up()
            request = self._arrived(request)
            fault = self.faults.strike(request)
            number = self._note(request)
            if fault is not None and fault.effect is Effect.RESET_BEFORE:
                return Handled(Written(0, [], b""), fault)
            if fault is not None and fault.effect is Effect.STATUS:
                self._decided(number, fault.status, None)
                return Handled(self._proxy_page(fault), fault)
            snapshot = None
            if fault is not None and fault.effect is Effect.FORGET:
                snapshot = self.loop.engine.snapshot()
            written, done = self._answer(request, fault)
            if snapshot is not None:
                self.loop.replace(Engine.restore(snapshot))
            ref = done.ref if done is not None else None
            self._decided(number, written.status, ref)
            for hook in self.before_answer:
                hook(request, written)
            return Handled(written, fault)

    def _arrived(self, request: Request) -> Request:
        """The request as it reaches Rancher itself."""
        return request.with_single_slashes() if self.loop.engine.site.websocket_proxy else request

    def handshake(self, request: Request) -> tuple[Written, Perspective | None]:
        """Whether a websocket may be opened: the perspective its frames are seen with, or an answer (8)."""
        with self.loop.lock:
            self.loop.catch_up()
            request = self._arrived(request)
            address = address_of(request.path)
            if address is None or address.words[:1] != ("subscribe",):
                return self._page_of(request), None
            prefix = _prefix(request, address)
            access: Access | None = None
            try:
                access = self._auth.access(self._auth.caller(request), request, address)
                seen = Perspective(access, prefix)
                if seen.schemas.get("subscribe") is None:
                    raise errors.plain(404)
            except Refused as refused:
                shown = access if refused.status not in (401, 403) else None
                return self._refusal(refused, request, prefix, shown), None
            headers = [("X-API-Schemas", prefix.url("/schemas")), *answers.account_headers(access)]
            headers.append(("X-API-Client-IP", request.client_ip))
            return Written(101, headers, b""), seen

    def host_stream(self, request: Request) -> HostStream | None:
        """The logs or statistics that the token of a handshake lets in to; None lets nobody in (6.3).

        The token has to stand in the query: the agent on the host reads it from there.
        """
        with self.loop.lock:
            self.loop.catch_up()
            wanted = self._host_access.taken(request.parameter("token") or "", request.path)
            return None if wanted is None else stream_of(wanted)

    def told(self, stream: HostStream) -> Told:
        """What a stream has to send now."""
        with self.loop.lock:
            self.loop.catch_up()
            return stream.tell(self.loop.engine)

    def _answer(self, request: Request, fault: Fault | None) -> tuple[Written, Done | None]:
        if request.path == "/ping":
            return answers.written(answers.text(200, "pong\n"), request, None, None, ""), None
        address = address_of(request.path)
        if address is None:
            return self._page_of(request), None
        prefix = _prefix(request, address)
        access: Access | None = None
        body: Mapping[str, Any] = {}
        try:
            without_key = self._without_key(request, address, prefix)
            if without_key is not None:
                return without_key, None
            caller = self._auth.caller(request)
            access = self._auth.access(caller, request, address)
            self._check_csrf(request)
            body = body_of(request) if request.method in ("POST", "PUT") else {}
            answer = self._routed(request, address, body, Perspective(access, prefix), fault)
        except Refused as refused:
            if refused.status == 400:
                access = None
            if access is not None and request.method not in ("GET", "HEAD", "OPTIONS", "PATCH"):
                self._log_refusal(refused, request, address, body, Perspective(access, prefix))
            return self._refusal(refused, request, prefix, access), None
        if answer.done is not None and (fault is None or fault.effect is not Effect.FORGET):
            self._log(answer, answer.done, request, access)
        version = self.directory.settings["rancher.server.version"]
        return answers.written(answer, request, prefix, access, version), answer.done

    def _routed(
        self,
        request: Request,
        address: Address,
        body: Mapping[str, Any],
        seen: Perspective,
        fault: Fault | None,
    ) -> Answer:
        is_upgrade = request.parameter("action") == "upgrade"
        if fault is not None and is_upgrade and fault.effect in _RACES:
            return self._after_somebody_else(request, address, body, seen, _RACES[fault.effect])
        if fault is not None and is_upgrade and fault.effect is Effect.STORE_ONLY:
            return self._stored_only(request, address, body, seen, fault)
        return self._router.answer(request, address, body, seen)

    def _after_somebody_else(
        self,
        request: Request,
        address: Address,
        body: Mapping[str, Any],
        seen: Perspective,
        outcome: Outcome,
    ) -> Answer:
        """Somebody else's upgrade came a moment before, with this outcome."""
        theirs = self._router.answer(request, address, _somebody_elses(body), seen)
        if theirs.done is None:
            return theirs
        ours = replace(request, race=Race(overlapping=True, outcome=outcome))
        return self._router.answer(ours, address, body, seen)

    def _stored_only(
        self, request: Request, address: Address, body: Mapping[str, Any], seen: Perspective, fault: Fault
    ) -> Answer:
        """The configs are written, then the process cannot be scheduled (13.4, 409 on `upgrade`)."""
        snapshot = self.loop.engine.snapshot()
        answer = self._router.answer(request, address, body, seen)
        if answer.done is None or answer.done.ref is None:
            return answer
        stored = self._tables.view(answer.done.ref) or {}
        self.loop.replace(Engine.restore(snapshot))
        self.loop.engine.levers.store_configs(
            answer.done.ref.number, stored["launchConfig"], stored["secondaryLaunchConfigs"]
        )
        raise errors.plain(fault.status if fault.status != 503 else 409)

    def _without_key(self, request: Request, address: Address, prefix: Prefix) -> Written | None:
        """What is served without a key: login and registration scripts (1.3, 7.2)."""
        words = address.words
        if len(words) == 2 and words[0] == "scripts":
            if not self.directory.takes_registration(words[1]):
                raise errors.plain(404)
            answer = answers.text(200, script(words[1], prefix, request.client_ip))
            return answers.written(answer, request, None, None, "")
        if words in (("token",), ("tokens",)) and request.method in ("GET", "POST"):
            return self._token(request, prefix)
        return None

    def _token(self, request: Request, prefix: Prefix) -> Written:
        access = Access(login.CALLER, None, Role.UNSCOPED_USER)
        try:
            answer = login.answer(request, prefix, self.directory)
        except Refused as refused:
            return answers.written(Answer(refused.status, self._error(refused)), request, prefix, access, "")
        return answers.written(answer, request, prefix, access, "")

    def _refusal(self, refused: Refused, request: Request, prefix: Prefix, access: Access | None) -> Written:
        headers: tuple[tuple[str, str], ...] = ()
        if refused.status == 401 and self._auth.challenges(request):
            headers = (("WWW-Authenticate", CHALLENGE),)
        body = None if request.method == "HEAD" else self._error(refused)
        answer = Answer(refused.status, body, headers=headers)
        return answers.written(answer, request, prefix, access, "")

    def _page_of(self, request: Request) -> Written:
        """Outside both versions: the HTML of a server without the UI's files (1.1)."""
        content = answers.NOT_FOUND_PAGE.format(path=request.path)
        answer = answers.text(404, content, "text/html; charset=ISO-8859-1")
        return answers.written(answer, request, None, None, "")

    def _proxy_page(self, fault: Fault) -> Written:
        if fault.html:
            return Written(fault.status, [("Content-Type", "text/html")], page(fault.status))
        body = self._error(Refused(fault.status, f"Status {fault.status}", message=f"Status {fault.status}"))
        content = answers.escaped_json(body).encode()
        return Written(fault.status, [("Content-Type", "application/json; charset=utf-8")], content)

    def _error(self, refused: Refused) -> dict[str, Any]:
        return errors.body_of(refused, drawn_uuid(self._error_ids))

    def _check_csrf(self, request: Request) -> None:
        """By User-Agent alone: the cookie, once brought back, has to stand in the header as well (1.1)."""
        cookie = request.cookies.get("CSRF")
        if not request.is_browser or request.method == "GET" or cookie is None:
            return
        if request.headers.get("x-api-csrf") != cookie:
            raise errors.wrong_csrf_token()

    def _log(self, answer: Answer, done: Done, request: Request, access: Access) -> None:
        view = self._tables.view(done.ref) if done.ref is not None else None
        account = view.get("accountId") if view is not None else None
        self.audit_log.add(
            now=self.loop.now,
            account=account if isinstance(account, Ref) else access.account,
            by=access.caller.account,
            auth_type=access.caller.auth_type,
            client_ip=request.client_ip,
            type_id=done.type_id,
            verb=done.verb,
            resource_id=format_id(done.ref) if done.ref is not None else None,
            request=done.request,
            response=answer.body or {},
            status=answer.status,
        )

    def _log_refusal(
        self,
        refused: Refused,
        request: Request,
        address: Address,
        body: Mapping[str, Any],
        seen: Perspective,
    ) -> None:
        """Refused calls stand in the log with their raw body and without the resource's id (9)."""
        schema = self._router.schema_at(address.words[0], seen) if address.words else None
        if schema is None:
            return
        action = request.parameter("action")
        verb = _VERBS.get(request.method, "create")
        raw = {**body, "action": action} if action is not None else body
        self.audit_log.add(
            now=self.loop.now,
            account=seen.access.account,
            by=seen.access.caller.account,
            auth_type=seen.access.caller.auth_type,
            client_ip=request.client_ip,
            type_id=schema.id,
            verb=action or verb,
            resource_id=None,
            request=raw,
            response=self._error(refused),
            status=refused.status,
        )

    def _note(self, request: Request) -> int | None:
        """Write a changing call into the journal; None for a GET."""
        if request.method == "GET":
            return None
        address = address_of(request.path)
        words = address.words if address is not None else ()
        try:
            body = body_of(request)
        except Refused:
            body = {}
        return self.journal.received(
            at=self.loop.now,
            method=request.method,
            path=request.path,
            action=request.parameter("action"),
            resource=words[1] if len(words) > 1 else None,
            body=body,
        )

    def _decided(self, number: int | None, status: int, ref: Ref | None) -> None:
        if number is not None:
            self.journal.decided(number, status, format_id(ref) if ref is not None else None)

    def _project_exists(self, number: int) -> bool:
        view = self.loop.engine.view("project", number)
        return view is not None and view.get("state") == "active"


_VERBS = {"PUT": "update", "DELETE": "delete"}


def _somebody_elses(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same upgrade without its labels, as a colleague at another screen might post it."""
    strategy = dict(body.get("inServiceStrategy") or {})
    config = strategy.get("launchConfig")
    if isinstance(config, Mapping):
        strategy["launchConfig"] = {key: value for key, value in config.items() if key != "labels"}
    sidekicks = strategy.get("secondaryLaunchConfigs")
    if isinstance(sidekicks, list):
        strategy["secondaryLaunchConfigs"] = [
            {key: value for key, value in config.items() if key != "labels"} for config in sidekicks
        ]
    return {**body, "inServiceStrategy": strategy}


def _prefix(request: Request, address: Address) -> Prefix:
    project = f"/projects/{address.project}" if address.project is not None else ""
    return Prefix(root_of(request), address.version, project)
