"""The plan as people read it: from what to what, without secrets."""

import json

import pytest

from deploytickets.deployments.masking import HIDDEN, is_secret_name, is_secret_value, masked
from deploytickets.tickets.plans import PRIMARY
from tests.deployments.world import (
    a_config,
    a_placement,
    a_service,
    a_stack_placement,
    a_survey,
    plan,
    shown,
)

WEB = """
version: '2'
services:
  web:
    image: registry.abc.net/shop:${VERSION}
    ports: ["8081:8080"]
    environment:
      LOG: debug
      NEW: "yes"
      DB_PASSWORD: canary-new-password
      DATABASE: postgres://shop:canary-url-password@db/shop
    labels: {team: shop}
    volumes: ["/srv/shop:/data"]
"""
WEB_RANCHER = """
version: '2'
services:
  web: {scale: 2, health_check: {port: 8080}}
"""


def _changed() -> dict[tuple[str, str], dict[str, object]]:
    before = a_config(
        "1.0.0",
        ports=["8080:8080/tcp"],
        environment={"LOG": "info", "OLD": "yes", "DB_PASSWORD": "canary-old-password"},
        healthCheck=None,
    )
    result = plan(a_stack_placement(WEB, WEB_RANCHER), a_survey(a_service("web", {PRIMARY: before})))
    assert "canary" not in json.dumps(result.shown)
    assert "canary" not in json.dumps(result.findings)
    return {(change["what"], change["entry"]): change for change in shown(result)["changes"]}


def test_variables_ports_labels_volumes_and_health_check_are_listed_one_by_one() -> None:
    kinds = {key: change["kind"] for key, change in _changed().items()}

    assert kinds == {
        ("variable", "LOG"): "changed",
        ("variable", "NEW"): "added",
        ("variable", "OLD"): "removed",
        ("variable", "DB_PASSWORD"): "changed",
        ("variable", "DATABASE"): "added",
        ("port", "8080:8080/tcp"): "removed",
        ("port", "8081:8080/tcp"): "added",
        ("label", "team"): "added",
        ("volume", "/srv/shop:/data"): "added",
        ("health_check", "healthCheck"): "added",
    }


def test_values_are_shown_before_and_after() -> None:
    assert _changed()["variable", "LOG"] == {
        "kind": "changed",
        "what": "variable",
        "config": "",
        "entry": "LOG",
        "before": "info",
        "after": "debug",
        "is_hidden": False,
    }


def test_a_secret_is_hidden_by_its_name_on_both_sides() -> None:
    change = _changed()["variable", "DB_PASSWORD"]

    assert (change["before"], change["after"], change["is_hidden"]) == (HIDDEN, HIDDEN, True)


def test_a_login_in_an_address_is_hidden_and_the_rest_is_shown() -> None:
    change = _changed()["variable", "DATABASE"]

    assert change["after"] == f"postgres://{HIDDEN}@db/shop"
    assert change["is_hidden"]


def test_the_image_is_shown_from_what_to_what() -> None:
    result = plan(a_placement(), a_survey(a_service()))

    assert shown(result)["images"] == [
        {"config": "", "before": "registry.abc.net/shop:1.0.0", "after": "registry.abc.net/shop:1.0.1"}
    ]
    assert shown(result)["changes"] == []


def test_batches_are_counted() -> None:
    result = plan(a_placement(batch_size=2), a_survey(a_service(scale=5)))

    assert shown(result)["batches"] == {
        "size": 2,
        "interval_millis": 2000,
        "start_first": False,
        "count": 3,
    }


def test_a_service_that_is_made_shows_everything_as_added() -> None:
    result = plan(a_stack_placement(WEB, WEB_RANCHER), a_survey(stacks=[]))

    assert result.shown["is_new_stack"]
    assert shown(result)["images"][0]["before"] is None
    assert {change["kind"] for change in shown(result)["changes"]} == {"added"}
    assert shown(result)["batches"] is None


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "db_passwd",
        "API_KEY",
        "GITHUB_TOKEN",
        "client-secret",
        "AWS_ACCESS_KEY_ID",
        "SENTRY_DSN",
        "PWD",
        "MYSQL_ROOT_PW",
        "LDAP_CREDS",
        "JWT",
        "KEYSPACE_PASSWORD",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["LOG_LEVEL", "AUTHOR", "KEYWORDS", "io.rancher.container.pull_image", "PASSENGERS", "CREDIT_LIMIT"],
)
def test_names_of_no_secrets(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMII…",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        "Bearer abcdef123456",
        "ghp_0123456789abcdefghijABCDEFGHIJ",
        "AKIAIOSFODNN7EXAMPLE",
        "4f6C9d2E1a8B7c3D5e0F4f6C",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_values_that_look_like_secrets(value: str) -> None:
    assert is_secret_value(value)
    assert masked(value) == HIDDEN


@pytest.mark.parametrize(
    "value", ["info", "8080", "registry.abc.net/shop:1.0.1", "/srv/data", "true", "a b c"]
)
def test_values_that_are_shown(value: str) -> None:
    assert masked(value) == value


@pytest.mark.parametrize(
    ("value", "as_shown"),
    [
        (["run", "--password", "hunter2", "--port", "80"], ["run", "--password", HIDDEN, "--port", "80"]),
        (["run", "--db-password=hunter2"], ["run", f"--db-password={HIDDEN}"]),
        ("run --token hunter2 --port 80", f"run --token {HIDDEN} --port 80"),
        ("jdbc:x;user=a;password=hunter2;b=c", f"jdbc:x;user=a;password={HIDDEN};b=c"),
        (
            {"splunk-token": "hunter2", "splunk-url": "https://x"},
            {"splunk-token": HIDDEN, "splunk-url": "https://x"},
        ),
        ('{"spring.datasource.password":"hunter2 x"}', f'{{"spring.datasource.password":{HIDDEN}}}'),
        (r'"{\"password\":\"hunter2\"}"', rf'"{{\"password\":{HIDDEN}'),
        ("spring.rabbitmq.password: 'hunter2'", f"spring.rabbitmq.password: {HIDDEN}"),
        ("-Dapp.secret.value=hunter2 -Xmx1g", f"-Dapp.secret.value={HIDDEN} -Xmx1g"),
        ("-Dencryption.key=hunter2", f"-Dencryption.key={HIDDEN}"),
        ("jdbc:oracle:thin:scott/hunter2@//db:1521/x", f"jdbc:oracle:thin:{HIDDEN}@//db:1521/x"),
        ("jdbc:oracle:thin:@//db:1521/x", "jdbc:oracle:thin:@//db:1521/x"),
        ("postgres://user:hun/ter2@db/x", f"postgres://{HIDDEN}@db/x"),
        ("amqp://user:hun@ter2@mq:5672/", f"amqp://{HIDDEN}@mq:5672/"),
        ("https://npm:8080/@scope/package", "https://npm:8080/@scope/package"),
        ("curl -u admin:hunter2 https://x", f"curl -u {HIDDEN} https://x"),
        (["curl", "-u", "admin:hunter2", "https://x"], ["curl", "-u", HIDDEN, "https://x"]),
        (["ps", "-u", "admin"], ["ps", "-u", "admin"]),
        (None, None),
        (3, 3),
    ],
)
def test_the_secret_part_of_a_value_is_hidden(value: object, as_shown: object) -> None:
    assert masked(value) == as_shown


def test_a_sidekick_that_takes_volumes_from_the_changed_config_is_said_to_be_started_anew():
    configs = {
        PRIMARY: a_config("1.0.0"),
        "shipper": {**a_config("3.2", repository="log-shipper"), "dataVolumesFromLaunchConfigs": ["web"]},
        "meter": {**a_config("1.0", repository="meter"), "networkLaunchConfig": "shipper"},
        "apart": a_config("2.0", repository="apart"),
    }

    service = shown(plan(a_placement(), a_survey(a_service("web", configs))))

    assert service["dragged_sidekicks"] == ["meter", "shipper"]
    assert service["kept_sidekicks"] == ["apart"]
