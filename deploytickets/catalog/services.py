"""Changing which servers, environments, applications and placements there are, each with its event.

Whether `by` may is asked in `access.administration`, which calls these. Names are the things'
identity in links, tokens and the audit log: they never change.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploytickets import clock
from deploytickets.audit import outbox
from deploytickets.audit.actors import Actor
from deploytickets.audit.errors import Invalid, Unknown
from deploytickets.audit.services import record
from deploytickets.catalog.errors import Taken
from deploytickets.catalog.models import Application, Environment, Placement, RancherServer

POLICY = (
    "approvals_required",
    "four_eyes",
    "start",
    "developer_verifies",
    "ops_verifies",
    "at_deadline",
    "approval_lasts_hours",
)
"""The columns of an environment that are its policy."""

_SERVER = ("kind", "base_url", "ca_bundle")
_ENVIRONMENT = ("position", *POLICY)
_APPLICATION = (
    "team",
    "repository",
    "image_repository",
    "branch_pattern",
    "checklist",
    "docker_compose",
    "rancher_compose",
)
_PLACEMENT = (
    "strategy",
    "stack_name",
    "service_names",
    "answers",
    "batch_size",
    "interval_millis",
    "start_first",
    "deadline_minutes",
)
_Row = TypeVar("_Row", bound=models.Model)
_Named = TypeVar("_Named", RancherServer, Environment, Application)

_NOT_LOGGED = frozenset({"answers", "ca_bundle", "docker_compose", "rancher_compose"})
"""May hold secrets, or pages of text: the log says that they changed, not to what."""

_MISSING = {
    RancherServer: gettext_lazy("There is no Rancher server “%(name)s”."),
    Environment: gettext_lazy("There is no environment “%(name)s”."),
    Application: gettext_lazy("There is no application “%(name)s”."),
}


@transaction.atomic
def add_server(
    *, by: Actor, name: str, base_url: str, access_key: str, secret_key: str, ca_bundle: str = ""
) -> RancherServer:
    """A Rancher server and the key to use there. Raises Taken, Invalid."""
    if not (access_key and secret_key):
        raise Invalid({"secret_key": _("Access key and secret key are needed.")})
    server = RancherServer(
        name=name,
        base_url=base_url.strip().rstrip("/"),
        ca_bundle=ca_bundle.strip(),
        credentials={"access_key": access_key, "secret_key": secret_key},
    )
    return _add(server, "server", name, _SERVER, by)


@transaction.atomic
def change_server(
    *, by: Actor, name: str, access_key: str = "", secret_key: str = "", **changes: Any
) -> RancherServer:
    """Change a server's address or its key. A new address needs the key again (I13); half a key is none.

    Args:
        changes: base_url, ca_bundle.

    Raises Unknown, Invalid.
    """
    server = _locked(RancherServer, name)
    _require_known(changes, _SERVER)
    if "base_url" in changes:
        changes["base_url"] = changes["base_url"].strip().rstrip("/")
    has_keys = bool(access_key and secret_key)
    if (access_key or secret_key) and not has_keys:
        raise Invalid({"secret_key": _("Access key and secret key are needed.")})
    if changes.get("base_url", server.base_url) != server.base_url and not has_keys:
        raise Invalid({"secret_key": _("A new address needs the access key and secret key again.")})
    if has_keys:
        server.credentials = {"access_key": access_key, "secret_key": secret_key}
    return _change(server, "server", name, _SERVER, changes, by, credentials_replaced=has_keys)


@transaction.atomic
def add_environment(*, by: Actor, name: str, server: str, rancher_id: str, **fields: Any) -> Environment:
    """An environment: a project of a server. `fields`: position and the columns of POLICY.

    Server and project never change; another project is another environment. Raises Taken, Unknown, Invalid.
    """
    _require_known(fields, _ENVIRONMENT)
    environment = Environment(
        name=name, server=_locked(RancherServer, server), rancher_id=rancher_id, **fields
    )
    return _add(environment, "environment", name, ("rancher_id", *_ENVIRONMENT), by, server=server)


@transaction.atomic
def change_environment(*, by: Actor, name: str, position: int) -> Environment:
    """Change the environment's place in the order of promotion. Raises Unknown, Invalid."""
    environment = _locked(Environment, name)
    return _change(environment, "environment", name, ("position",), {"position": position}, by)


@transaction.atomic
def change_policy(*, by: Actor, name: str, **changes: Any) -> Environment:
    """Change columns of POLICY. Approvals given under another policy are counted anew before a start.

    Raises Unknown, Invalid.
    """
    environment = _locked(Environment, name)
    _require_known(changes, POLICY)
    return _change(environment, "environment", name, POLICY, changes, by, action="environment.policy_changed")


@transaction.atomic
def lock(*, by: Actor, name: str, reason: str) -> Environment:
    """Let no ticket start in the environment; what runs goes on. Raises Unknown, Invalid without a reason."""
    environment = _locked(Environment, name)
    reason = reason.strip()
    if not 0 < len(reason) <= 300:
        raise Invalid({"reason": _("Please say why, in at most 300 characters.")})
    now = clock.now()
    environment.locked_at, environment.locked_by, environment.locked_reason = now, by.name, reason
    return _set_lock(environment, "environment.locked", by, now)


@transaction.atomic
def unlock(*, by: Actor, name: str) -> Environment:
    """Let tickets start again. Nothing happens when it is not locked. Raises Unknown."""
    environment = _locked(Environment, name)
    if not environment.is_locked:
        return environment
    environment.locked_at, environment.locked_by, environment.locked_reason = None, "", ""
    return _set_lock(environment, "environment.unlocked", by, clock.now())


@transaction.atomic
def add_application(*, by: Actor, name: str, image_repository: str, **fields: Any) -> Application:
    """An application. `fields`: team, repository, branch_pattern, checklist, the compose files.

    Raises Taken, Invalid.
    """
    _require_known(fields, _APPLICATION)
    application = Application(name=name, image_repository=image_repository, **fields)
    return _add(application, "application", name, _APPLICATION, by)


@transaction.atomic
def change_application(*, by: Actor, name: str, **changes: Any) -> Application:
    """Change columns of an application, all but its name. Raises Unknown, Invalid."""
    application = _locked(Application, name)
    _require_known(changes, _APPLICATION)
    return _change(application, "application", name, _APPLICATION, changes, by)


@transaction.atomic
def add_placement(
    *, by: Actor, application: str, environment: str, stack_name: str, **fields: Any
) -> Placement:
    """Place an application in an environment. `fields`: the other columns of Placement.

    Raises Taken, Unknown, Invalid.
    """
    _require_known(fields, _PLACEMENT)
    placement = Placement(
        application=_locked(Application, application),
        environment=_locked(Environment, environment),
        stack_name=stack_name,
        **fields,
    )
    return _add(placement, "placement", f"{application}/{environment}", _PLACEMENT, by)


@transaction.atomic
def change_placement(*, by: Actor, application: str, environment: str, **changes: Any) -> Placement:
    """Change how an application lies in an environment; plans follow by themselves.

    Raises Unknown, Invalid.
    """
    placement = (
        Placement.objects.select_for_update(of=("self",))
        .filter(application__name=application, environment__name=environment)
        .first()
    )
    if placement is None:
        raise Unknown(
            _("%(application)s has no place in %(environment)s.")
            % {"application": application[:63], "environment": environment[:63]}
        )
    _require_known(changes, _PLACEMENT)
    return _change(placement, "placement", f"{application}/{environment}", _PLACEMENT, changes, by)


def _add(row: _Row, kind: str, key: str, columns: Iterable[str], by: Actor, **details: Any) -> _Row:
    _clean(row)
    row.save(force_insert=True)
    facts = _facts(row, columns)
    _tell(f"{kind}.added", kind, key, by, clock.now(), before=None, after=facts, **details)
    return row


def _change(
    row: _Row,
    kind: str,
    key: str,
    columns: Iterable[str],
    changes: dict[str, Any],
    by: Actor,
    *,
    action: str = "",
    credentials_replaced: bool = False,
) -> _Row:
    columns = tuple(columns)
    before = {name: getattr(row, name) for name in columns}
    for name, value in changes.items():
        setattr(row, name, value)
    changed = [name for name in columns if getattr(row, name) != before[name]]
    if not changed and not credentials_replaced:
        return row
    _clean(row)
    row.save()
    _tell(
        action or f"{kind}.changed",
        kind,
        key,
        by,
        clock.now(),
        before={name: before[name] for name in changed if name not in _NOT_LOGGED},
        after=_facts(row, changed),
        changed=changed + ["credentials"] * credentials_replaced,
    )
    return row


def _set_lock(environment: Environment, action: str, by: Actor, now: datetime) -> Environment:
    environment.save(update_fields=["locked_at", "locked_by", "locked_reason"])
    after = {"is_locked": environment.is_locked, "locked_reason": environment.locked_reason}
    _tell(action, "environment", environment.name, by, now, before=None, after=after)
    return environment


def _tell(action: str, kind: str, key: str, by: Actor, now: datetime, **columns: Any) -> None:
    outbox.put(record(action, subject_kind=kind, subject_key=key, by=by, now=now, **columns))


def _facts(row: models.Model, columns: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in columns if name not in _NOT_LOGGED}


def _locked(model: type[_Named], name: str) -> _Named:
    row = model._default_manager.select_for_update().filter(name=name).first()
    if row is None:
        raise Unknown(str(_MISSING[model]) % {"name": name[:63]})
    return row


def _require_known(fields: Iterable[str], known: Iterable[str]) -> None:
    strange = set(fields) - set(known)
    if strange:
        raise Invalid({name: _("This cannot be set here.") for name in sorted(strange)})


def _clean(row: models.Model) -> None:
    problems = _own_problems(row)
    try:
        row.full_clean(exclude=["credentials"])
    except ValidationError as error:
        codes = {detail.code for details in error.error_dict.values() for detail in details}
        if codes & {"unique", "unique_together"}:
            raise Taken(_("There is one of that name, or of that project or place, already.")) from None
        for field, texts in error.message_dict.items():
            problems.setdefault(field, " ".join(texts))
    if problems:
        raise Invalid(problems)


def _own_problems(row: models.Model) -> dict[str, str]:
    if isinstance(row, RancherServer):
        return _problems(base_url=_address_problem(row.base_url))
    if isinstance(row, Environment):
        return _problems(rancher_id=_project_problem(row.rancher_id))
    if isinstance(row, Application):
        return _problems(
            branch_pattern=_pattern_problem(row.branch_pattern), checklist=_list_problem(row.checklist)
        )
    if isinstance(row, Placement):
        return _problems(
            service_names=_list_problem(row.service_names), answers=_answers_problem(row.answers)
        )
    return {}


def _problems(**sentences: str) -> dict[str, str]:
    return {field: sentence for field, sentence in sentences.items() if sentence}


def _address_problem(address: str) -> str:
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        _port = parts.port
    except ValueError:
        is_usable = False
    if is_usable and not parts.query and not parts.fragment and not re.search(r"\s", address):
        return ""
    return _("Please give the whole address, as https://rancher.example.com, without a password in it.")


def _project_problem(rancher_id: str) -> str:
    """Nothing can be asked of Rancher under an id that cannot stand in an address."""
    return "" if re.fullmatch(r"[0-9A-Za-z]+", rancher_id) else _("This is no id of Rancher's, like 1a5.")


def _pattern_problem(pattern: str) -> str:
    try:
        has_version = "version" in re.compile(pattern).groupindex
    except re.error as error:
        return _("This is no regular expression: %(problem)s.") % {"problem": error}
    return "" if has_version else _("The pattern needs a group named version: (?P<version>…).")


def _list_problem(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(entry, str) and 0 < len(entry) <= 300 for entry in value):
        return ""
    return _("Please give a list of texts.")


def _answers_problem(value: Any) -> str:
    if isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair):
        return ""
    return _("Please give a text for each variable.")
