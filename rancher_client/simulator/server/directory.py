"""Accounts, keys, registration tokens, members and settings: the rows that no engine moves.

It has the same methods as the engine (`ids`, `view`, `offered`, `create`, ...), so that requests need not
know which of the two keeps a kind (rancher-1.6-api.md 1.3, 7.2, chapters 11 and 12).
"""

from __future__ import annotations

import hashlib
import hmac
import random
import string
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rancher_client.simulator.engine import Ref, Refused

from . import errors
from .access import AccountKind
from .directory_rows import (
    DEFAULT_SETTINGS,
    USABLE,
    Account,
    Credential,
    Login,
    Member,
    Registry,
    Row,
    belongs_to,
)
from .ids import format_id, number_of
from .schemas import Role

TOKEN_LIFE = 16 * 3600
"""Seconds a login is good for (1.3)."""

FIRST_ACCOUNT = 900_001
"""Accounts and projects share letters and table; the engine counts the projects from below."""

FIRST_REGISTRY = 900_001
"""So do registries and the pools of hosts."""

_TOKEN_STAMP_MILLIS = 3_600_000 * 24 * 366
_MEMBER_ROLES = frozenset({Role.OWNER, Role.MEMBER, Role.RESTRICTED, Role.READONLY})


@dataclass(slots=True)
class Directory:
    """All rows of the server's own. `clock` tells the virtual time."""

    clock: Callable[[], float]
    project_exists: Callable[[int], bool]
    seed: int = 0
    access_control: bool = False
    accounts: dict[int, Account] = field(default_factory=dict)
    credentials: dict[int, Credential] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    registries: dict[int, Registry] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    secrets_of_this_answer: dict[int, str] = field(default_factory=dict)
    drawn: int = 0
    """How many random values were drawn: with `seed` it makes the next one, also after a restart."""

    def __post_init__(self) -> None:
        if not self.accounts:
            built_in = self.accounts[self.add_account("admin", AccountKind.ADMIN)]
            built_in.created = built_in.version = None
            built_in.uuid = "admin"
        self.settings = DEFAULT_SETTINGS | self.settings

    # What makes rows.

    def add_account(
        self, name: str, kind: AccountKind, *, login: str | None = None, password: str | None = None
    ) -> int:
        """A new active account; returns its number."""
        number = max(self.accounts, default=FIRST_ACCOUNT - 1) + 1
        secret = self._hash(password) if password is not None else None
        self.accounts[number] = Account(
            **self._fresh(number, name), kind=str(kind), login=login, password=secret
        )
        return number

    def make_administrator(self, login: str, password: str, name: str | None) -> None:
        """The built-in administrator gets a login of its own (local authentication, 1.3)."""
        admin = self.admin()
        admin.login, admin.password = login, self._hash(password)
        admin.name = name or admin.name
        admin.external_id = str(admin.id)

    def add_key(
        self, owner: Ref, *, name: str | None = None, public: str | None = None, secret: str | None = None
    ) -> tuple[int, str, str]:
        """A new active API key; returns its number, access key and secret key (20 and 40 characters)."""
        number = self._next(self.credentials)
        public = public or self._word(20, string.hexdigits[:16].upper())
        secret = secret or self._word(40, string.ascii_letters + string.digits)
        self.credentials[number] = Credential(
            **self._fresh(number, name),
            kind="apiKey",
            owner_kind=owner.kind,
            owner=owner.number,
            public=public,
            secret=self._hash(secret),
        )
        return number, public, secret

    def add_member(self, project: int, account: int, role: Role) -> int:
        """Make an account a member of a project."""
        number = self._next(self.members)
        name = self.accounts[account].name
        self.members[number] = Member(
            **self._fresh(number, name), project=project, account=account, role=str(role)
        )
        return number

    # What authentication asks.

    def admin(self) -> Account:
        """The account that everybody is while access control is off (1.3)."""
        return next(a for a in self.accounts.values() if a.kind == AccountKind.ADMIN)

    def owner_of_key(self, public: str, secret: str) -> Ref | None:
        """The account or project of a usable key, None for a wrong or deactivated one."""
        for credential in self.credentials.values():
            credential.settle(self.clock())
            if credential.public == public and credential.kind == "apiKey":
                usable = credential.state in USABLE and self._account_is_active(credential.account)
                return credential.account if usable and self._same(credential.secret, secret) else None
        return None

    def log_in(self, login: str, password: str) -> tuple[Account, str] | None:
        """The account and a new token for a login name and its password."""
        for account in self.accounts.values():
            if account.login == login and account.password and self._same(account.password, password):
                token = self._word(40, string.ascii_letters + string.digits)
                self.logins[token] = Login(account.id, self.clock() + TOKEN_LIFE)
                return account, token
        return None

    def owner_of_login(self, token: str) -> Ref | None:
        """The account that a login token stands for, while it lasts."""
        login = self.logins.get(token)
        if login is None or login.until < self.clock():
            return None
        ref = Ref("account", login.account)
        return ref if self._account_is_active(ref) else None

    def role_in(self, account: int, project: int) -> Role | None:
        """The role of an account in a project, None when it is no member."""
        rows = (m for m in self.members.values() if m.removed is None)
        return next((Role(m.role) for m in rows if m.account == account and m.project == project), None)

    def projects_of(self, account: int) -> list[int]:
        """The projects an account is a member of."""
        return [m.project for m in self.members.values() if m.account == account and m.removed is None]

    # The same questions and orders as to the engine.

    def ids(self, kind: str, *, project: int | None = None) -> list[int]:
        """The numbers of all rows of a kind; of one project when asked so."""
        return [row.id for row in self._rows(kind) if project is None or belongs_to(row, project)]

    def view(self, kind: str, number: int) -> dict[str, Any] | None:
        """The fields of a row by their REST names, None when there is none."""
        row = self._find(kind, number)
        if row is None:
            return None
        row.settle(self.clock())
        shown = row.shown() | {"kind": kind}
        if isinstance(row, Account):
            return shown | {"kind": row.kind}
        if isinstance(row, Registry):
            return shown | {"accountId": Ref("project", row.project), "serverAddress": row.address}
        if isinstance(row, Member):
            identity = {"externalId": str(row.account), "externalIdType": "rancher_id"}
            return shown | {"projectId": Ref("project", row.project), "role": row.role, **identity}
        if isinstance(row, Credential):
            return shown | self._credential_fields(row)
        raise LookupError(kind)

    def offered(self, kind: str, number: int) -> frozenset[str]:
        """The actions whose process may start from the present state."""
        row = self._find(kind, number)
        if row is None:
            return frozenset()
        row.settle(self.clock())
        return row.offered()

    def create(self, kind: str, fields: dict[str, Any], *, project: int | None) -> int:
        """A new key, registration token, registry or login of a registry; `registering` at first.

        Keys and tokens are made for `fields["owner"]`. Raises Refused 400 for the address of a registry
        that the project has already.
        """
        if kind == "registry" and project is not None:
            return self._create_registry(fields, project)
        owner: Ref = fields["owner"]
        if fields["kind"] == "registryCredential":
            return self._create_login_of_registry(fields, owner)
        number, _, secret = self.add_key(owner, name=fields.get("name"))
        credential = self.credentials[number]
        credential.kind = fields["kind"]
        credential.description = fields.get("description")
        credential.begin("create", self.clock())
        self.secrets_of_this_answer = {number: secret}
        return number

    def _create_login_of_registry(self, fields: dict[str, Any], owner: Ref) -> int:
        """Nothing here logs in with its secret, of which the hash stays, and no answer may show it."""
        number, secret = self._next(self.credentials), fields.get("secretValue")
        row = Credential(
            **self._fresh(number, fields.get("name")),
            kind="registryCredential",
            owner_kind=owner.kind,
            owner=owner.number,
            public=fields.get("publicValue"),
            registry=fields["registryId"].number,
            secret="" if secret is None else self._hash(secret),
        )
        row.description = fields.get("description")
        row.begin("create", self.clock())
        self.credentials[number] = row
        return number

    def _create_registry(self, fields: dict[str, Any], project: int) -> int:
        address = str(fields["serverAddress"])
        for row in self.registries.values():
            row.settle(self.clock())
        own = (row for row in self.registries.values() if row.project == project and row.removed is None)
        if any(row.address.lower() == address.lower() for row in own):
            raise Refused(400, "ServerAddressUsed", message="ServerAddressUsed")
        number = max(self.registries, default=FIRST_REGISTRY - 1) + 1
        row = Registry(**self._fresh(number, fields.get("name")), project=project, address=address)
        row.description = fields.get("description")
        row.begin("create", self.clock())
        self.registries[number] = row
        return number

    def update(self, kind: str, number: int, fields: dict[str, Any]) -> None:
        """Change name and description, and whose login at a registry it is: nothing else changes (12)."""
        row = self._get(kind, number)
        if isinstance(row, Credential) and row.registry is not None:
            row.public = fields.get("publicValue", row.public)
        row.name = fields.get("name", row.name)
        row.description = fields.get("description", row.description)

    def act(self, kind: str, number: int, action: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Start a process; the caller has checked that it is offered."""
        row = self._get(kind, number)
        row.begin(action, self.clock())
        if isinstance(row, Credential) and row.kind == "apiKey":
            self.secrets_of_this_answer = {number: row.secret}  # every answer to a POST has it [run]
        return None

    def delete(self, kind: str, number: int) -> None:
        """Remove: 405 unless the row is inactive (12)."""
        if "remove" not in self.offered(kind, number):
            raise errors.plain(405)
        self._get(kind, number).begin("remove", self.clock())

    def related(self, kind: str, number: int, link: str) -> list[tuple[str, int]]:
        """Rows behind a link. Only members of a project are kept here."""
        raise KeyError(link)

    def set_members(self, project: int, members: list[dict[str, Any]]) -> None:
        """The whole new list of members of a project (11). Raises Refused 422 for unknown ones."""
        wanted: dict[int, Role] = {}
        for member in members:
            text = str(member.get("externalId"))
            number = number_of(text) or (int(text) if text.isdigit() else None)
            if number not in self.accounts:
                raise Refused(422, "InvalidReference", "members")
            if member.get("role") not in _MEMBER_ROLES:
                raise Refused(422, "InvalidOption", "role")
            wanted[number] = Role(member["role"])
        for row in self.members.values():
            if row.project == project and row.removed is None:
                if wanted.get(row.account) == row.role:
                    del wanted[row.account]
                else:
                    row.state, row.removed = "removed", self.clock()
        for account, role in wanted.items():
            self.add_member(project, account, role)

    def identities_of(self, project: int) -> list[dict[str, Any]]:
        """The people who are members of a project, with their role."""
        rows = (m for m in self.members.values() if m.project == project and m.removed is None)
        return [
            {
                "externalId": format_id(Ref("account", m.account)),
                "login": self.accounts[m.account].login,
                "name": self.accounts[m.account].name,
                "role": m.role,
            }
            for m in rows
        ]

    def registration_token(self, number: int) -> str | None:
        """The token text of an active registration token: key, coarse time stamp, digest (7.2)."""
        credential = self.credentials[number]
        credential.settle(self.clock())
        if credential.state != "active":
            return None
        stamp = int(self.clock() * 1000) // _TOKEN_STAMP_MILLIS * _TOKEN_STAMP_MILLIS
        digest = hmac.new(credential.secret.encode(), f"{credential.public}:{stamp}".encode(), "sha1")
        return f"{credential.public}:{stamp}:{digest.hexdigest()[:27]}"

    def takes_registration(self, token: str) -> bool:
        """Whether a token text is that of an active registration token."""
        tokens = (c.id for c in self.credentials.values() if c.kind == "registrationToken")
        return token in map(self.registration_token, tokens)

    # Saving.

    def saved(self) -> dict[str, Any]:
        """A JSON-able copy."""
        return {
            "seed": self.seed,
            "drawn": self.drawn,
            "access_control": self.access_control,
            "accounts": [asdict(row) for row in self.accounts.values()],
            "credentials": [asdict(row) for row in self.credentials.values()],
            "members": [asdict(row) for row in self.members.values()],
            "registries": [asdict(row) for row in self.registries.values()],
            "logins": {token: asdict(login) for token, login in self.logins.items()},
            "settings": dict(self.settings),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over what `saved` wrote."""
        self.seed, self.drawn = saved["seed"], saved["drawn"]
        self.access_control = saved["access_control"]
        self.accounts = {row["id"]: Account(**row) for row in saved["accounts"]}
        self.credentials = {row["id"]: Credential(**row) for row in saved["credentials"]}
        self.members = {row["id"]: Member(**row) for row in saved["members"]}
        self.registries = {row["id"]: Registry(**row) for row in saved.get("registries", ())}
        self.logins = {token: Login(**login) for token, login in saved["logins"].items()}
        self.settings = dict(saved["settings"])

    def _fresh(self, number: int, name: str | None) -> dict[str, Any]:
        made = uuid.UUID(int=self._draw().getrandbits(128), version=4)
        return {"id": number, "uuid": str(made), "created": self.clock(), "name": name}

    def _next(self, table: dict[int, Any]) -> int:
        return max(table, default=0) + 1

    def _word(self, length: int, letters: str) -> str:
        return "".join(self._draw().choices(letters, k=length))

    def _draw(self) -> random.Random:
        self.drawn += 1
        return random.Random(f"directory {self.seed} {self.drawn}")  # noqa: S311 - made-up keys, repeatable

    def _hash(self, secret: str) -> str:
        return hashlib.sha256(f"simulator:{secret}".encode()).hexdigest()

    def _same(self, stored: str, offered: str) -> bool:
        return hmac.compare_digest(stored, self._hash(offered))

    def _account_is_active(self, ref: Ref) -> bool:
        if ref.kind == "project":
            return self.project_exists(ref.number)
        account = self.accounts.get(ref.number)
        if account is None:
            return False
        account.settle(self.clock())
        return account.state in USABLE

    def _rows(self, kind: str) -> Iterator[Row]:
        match kind:
            case "account":
                yield from self.accounts.values()
            case "credential":
                yield from self.credentials.values()
            case "projectMember":
                yield from self.members.values()
            case "registry":
                yield from self.registries.values()

    def _find(self, kind: str, number: int) -> Row | None:
        return next((row for row in self._rows(kind) if row.id == number), None)

    def _get(self, kind: str, number: int) -> Row:
        row = self._find(kind, number)
        if row is None:
            raise errors.plain(404)
        return row

    def _credential_fields(self, row: Credential) -> dict[str, Any]:
        fields: dict[str, Any] = {"kind": row.kind, "accountId": row.account}
        if row.kind == "apiKey":
            clear = self.secrets_of_this_answer.get(row.id)
            return fields | {"publicValue": row.public, "secretValue": clear}
        if row.registry is not None:
            return fields | {"publicValue": row.public, "registryId": Ref("registry", row.registry)}
        token = self.registration_token(row.id)
        return fields | {"token": token}
