"""The demo company: its people, environments, applications, and what runs in its Rancher at first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploytickets.access.roles import Role

REGISTRY = "registry.abc.net"
FIRST_TICKET = 97
"""The seed's tickets end at DEPLOY-110, so that the story's own is DEPLOY-111."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """`roles` maps an environment's name to a role; None stands for everywhere."""

    username: str
    display_name: str
    about: str
    roles: Mapping[str | None, Role]
    language: str = ""

    @property
    def password(self) -> str:
        return f"{self.username}-of-the-demo"


PEOPLE = (
    DemoPerson("anna", "Anna Berg", "developer: files tickets and verifies", {None: Role.DEVELOPER}),
    DemoPerson("ben", "Ben Carter", "developer", {None: Role.DEVELOPER}),
    DemoPerson("mei", "林美惠", "developer, reads Chinese", {None: Role.DEVELOPER}, language="zh-hant"),
    DemoPerson("otto", "Otto Klein", "ops: approves, starts, verifies, finishes", {None: Role.OPS}),
    DemoPerson("olga", "Olga Novak", "ops", {None: Role.OPS}),
    DemoPerson(
        "lena",
        "Lena Park",
        "team lead: looks; approves in dev and stage",
        {None: Role.VIEWER, "dev": Role.OPS, "stage": Role.OPS},
    ),
    DemoPerson("audrey", "Audrey Moss", "auditor: looks", {None: Role.VIEWER}),
    DemoPerson("adam", "Adam Reyes", "admin: servers, environments, people", {None: Role.ADMIN}),
)


@dataclass(frozen=True, slots=True)
class DemoEnvironment:
    name: str
    policy: Mapping[str, Any]
    labels: tuple[str, str, str] = ("a", "b", "c")


ENVIRONMENTS = (
    DemoEnvironment("dev", {"approvals_required": 1, "ops_verifies": False}),
    DemoEnvironment("stage", {"approvals_required": 1}),
    DemoEnvironment("prod", {"approvals_required": 2}),
)

JAVA_COMPOSE = f"""\
version: '2'
services:
  java-service-1:
    image: {REGISTRY}/java-service-1:${{VERSION}}
    ports:
      - "8080:8080"
"""

JAVA_RANCHER_COMPOSE = """\
version: '2'
services:
  java-service-1:
    scale: 3
"""


@dataclass(frozen=True, slots=True)
class DemoApplication:
    """`services` are bodies of Rancher's POST /services with `{version}` in the image.

    `runs` says which version each environment starts with; `tags` what else was pushed.
    """

    name: str
    team: str
    image: str
    stack: str
    services: tuple[Mapping[str, Any], ...]
    runs: Mapping[str, str]
    tags: tuple[str, ...]
    service_names: tuple[str, ...]
    checklist: tuple[str, ...] = ()
    compose: tuple[str, str] | None = None
    placement: Mapping[str, Any] = field(default_factory=dict)


def _check(path: str = "/health") -> dict[str, Any]:
    return {
        "port": 8080,
        "requestLine": f"GET {path} HTTP/1.0",
        "interval": 2000,
        "responseTimeout": 2000,
        "healthyThreshold": 2,
        "unhealthyThreshold": 3,
        "initializingTimeout": 60000,
        "reinitializingTimeout": 60000,
        "strategy": "recreate",
    }


def _service(name: str, image: str, scale: int, **config: Any) -> dict[str, Any]:
    sidekicks = config.pop("sidekicks", [])
    return {
        "name": name,
        "scale": scale,
        "startOnCreate": True,
        "launchConfig": {"imageUuid": f"docker:{REGISTRY}/{image}:{{version}}", **config},
        **({"secondaryLaunchConfigs": sidekicks} if sidekicks else {}),
    }


APPLICATIONS = (
    DemoApplication(
        name="JavaService1",
        team="payments",
        image="java-service-1",
        stack="java-service-1",
        services=(_service("java-service-1", "java-service-1", 3, ports=["8080:8080/tcp"]),),
        runs={"dev": "1.0.0", "stage": "1.0.0", "prod": "1.0.0"},
        tags=("0.9.8", "1.0.0", "1.0.1", "1.1.0"),
        service_names=("java-service-1",),
        checklist=("Log in as a test customer", "Pay one order by card", "No new errors in the log"),
        compose=(JAVA_COMPOSE, JAVA_RANCHER_COMPOSE),
    ),
    DemoApplication(
        name="shop-web",
        team="shop",
        image="shop-web",
        stack="shop",
        services=(
            _service(
                "web",
                "shop-web",
                2,
                ports=["80:8080/tcp"],
                environment={"BACKEND_URL": "http://orders:8080", "SESSION_SECRET": "s3-demo-not-real"},
                healthCheck=_check(),
            ),
        ),
        runs={"dev": "2.4.1", "stage": "2.4.1", "prod": "2.4.0"},
        tags=("2.4.0", "2.4.1", "2.5.0"),
        service_names=("web",),
        checklist=("Front page loads", "Search finds a product", "Check-out reaches payment"),
    ),
    DemoApplication(
        name="order-worker",
        team="shop",
        image="order-worker",
        stack="orders",
        services=(_service("worker", "order-worker", 3, environment={"QUEUE": "orders"}),),
        runs={"dev": "3.1.0", "stage": "3.0.4", "prod": "3.0.4"},
        tags=("3.0.4", "3.1.0"),
        service_names=("worker",),
        placement={"deadline_minutes": 2},
    ),
    DemoApplication(
        name="invoice-api",
        team="payments",
        image="invoice-api",
        stack="invoices",
        services=(
            _service(
                "api",
                "invoice-api",
                2,
                environment={"DB_PASSWORD": "demo-not-real", "LOG_LEVEL": "info"},
                healthCheck=_check("/ready"),
                sidekicks=[
                    {
                        "name": "log-shipper",
                        "imageUuid": f"docker:{REGISTRY}/log-shipper:3.2",
                        "dataVolumesFromLaunchConfigs": ["api"],
                    }
                ],
            ),
        ),
        runs={"dev": "1.9.0", "stage": "1.9.0", "prod": "1.8.1"},
        tags=("1.8.1", "1.8.2", "1.9.0"),
        service_names=("api",),
        checklist=("Create an invoice", "Download its PDF"),
    ),
    DemoApplication(
        name="auth-service",
        team="platform",
        image="auth-service",
        stack="auth",
        services=(_service("auth", "auth-service", 2, healthCheck=_check()),),
        runs={"dev": "5.1.0", "stage": "5.0.3", "prod": "5.0.3"},
        tags=("5.0.3", "5.1.0"),
        service_names=("auth",),
        checklist=("Sign in", "Sign out", "Reset a password"),
    ),
    DemoApplication(
        name="search-index",
        team="platform",
        image="search-index",
        stack="search",
        services=(_service("index", "search-index", 1, ports=["9200:9200/tcp"]),),
        runs={"dev": "0.9.1", "stage": "0.9.0", "prod": "0.9.0"},
        tags=("0.9.0", "0.9.1", "0.9.2-rc1"),
        service_names=("index",),
    ),
)


def rancher(access_key: str, secret_key: str) -> dict[str, Any]:
    """The seed of the simulator: one server, three projects with three hosts each, and what runs there."""
    images = {
        f"{REGISTRY}/{application.image}:{tag}": {"pull": 3.0, "healthy_after": 2.0, "stop": 1.0}
        for application in APPLICATIONS
        for tag in application.tags
    }
    images[f"{REGISTRY}/log-shipper:3.2"] = {"pull": 1.0, "stop": 0.5}
    return {
        "access_control": True,
        "settings": {"rancher.server.version": "v1.6.30"},
        "closed_registries": [f"{REGISTRY}/"],
        "images": images,
        "accounts": [
            {
                "name": "deploytickets",
                "kind": "user",
                "login": "deploytickets",
                "keys": [{"name": "Deploy Tickets", "access": access_key, "secret": secret_key}],
            }
        ],
        "projects": [
            {
                "name": environment.name,
                "members": {"deploytickets": "owner"},
                "hosts": [
                    {
                        "hostname": f"{environment.name}-{number}.abc.net",
                        "labels": {"zone": zone},
                    }
                    for number, zone in enumerate(environment.labels, start=1)
                ],
                "stacks": [
                    {"name": application.stack, "services": _running(application, environment.name)}
                    for application in APPLICATIONS
                ],
            }
            for environment in ENVIRONMENTS
        ],
    }


def _running(application: DemoApplication, environment: str) -> list[dict[str, Any]]:
    version = application.runs[environment]
    bodies = []
    for service in application.services:
        config = dict(service["launchConfig"])
        config["imageUuid"] = config["imageUuid"].format(version=version)
        bodies.append({**service, "launchConfig": config})
    return bodies
