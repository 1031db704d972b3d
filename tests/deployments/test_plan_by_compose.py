"""Plans of the strategy `stack`: what docker-compose.yml and rancher-compose.yml want, against what runs."""

import pytest

from deploytickets.deployments.plan import Ahead
from deploytickets.drivers.base import ServiceSeen
from deploytickets.tickets.plans import PRIMARY, PlannedAction
from tests.deployments.world import (
    a_config,
    a_service,
    a_stack_placement,
    a_survey,
    as_stored,
    codes,
    digest,
    plan,
    problem,
    the_service,
)

WEB = """
version: '2'
services:
  web:
    image: registry.abc.net/shop:${VERSION}
    ports: ["8080:8080"]
    environment: {LOG: "${LOG_LEVEL}"}
"""
WEB_RANCHER = """
version: '2'
services:
  web:
    scale: 3
    health_check: {port: 8080, interval: 2000}
"""
TWO = """
version: '2'
services:
  web:
    image: registry.abc.net/shop:${VERSION}
    links: ["db:database"]
  db:
    image: postgres:15
"""
TWO_RANCHER = "version: '2'\nservices:\n  web: {scale: 2}\n"
ANSWERS = {"LOG_LEVEL": "info"}


def _web_config(version: str, **fields: object) -> dict[str, object]:
    return a_config(version, ports=["8080:8080/tcp"], environment={"LOG": "info"}, **fields)


def test_what_is_missing_is_created_stack_and_all() -> None:
    result = plan(a_stack_placement(WEB, WEB_RANCHER, answers=ANSWERS), a_survey(stacks=[]))

    web = the_service(result)
    assert result.content.stack_rancher_id is None
    assert (web.action, web.rancher_id, web.scale, web.starts_from) == (PlannedAction.CREATED, None, 3, {})
    assert web.wanted[PRIMARY]["imageUuid"] == "docker:registry.abc.net/shop:1.0.1"
    assert web.wanted[PRIMARY]["environment"] == {"LOG": "info"}
    assert web.settings == {"type": "service", "scale": 3, "startOnCreate": True}
    assert "created" in codes(result, "note")


def test_what_differs_is_upgraded_and_the_scale_stays() -> None:
    seen = a_service("web", {PRIMARY: _web_config("1.0.0")}, scale=5)

    result = plan(a_stack_placement(WEB, WEB_RANCHER, answers=ANSWERS), a_survey(seen))

    web = the_service(result)
    assert (web.action, web.scale, web.settings) == (PlannedAction.UPGRADED, 5, None)
    assert web.wanted[PRIMARY]["imageUuid"] == "docker:registry.abc.net/shop:1.0.1"
    assert "scale-kept" in codes(result, "note")


def test_what_is_equal_but_for_ranchers_own_additions_is_left_alone() -> None:
    stored = _web_config(
        "1.0.1", labels={"deploytickets/attempt": "DEPLOY-1/1/aa", "io.rancher.service.hash": "f"}
    )

    result = plan(
        a_stack_placement(WEB, WEB_RANCHER, answers=ANSWERS),
        a_survey(a_service("web", {PRIMARY: stored}, scale=3)),
    )

    assert the_service(result).action is PlannedAction.UNCHANGED
    assert codes(result, "blocker") == ["nothing-to-do"]


def test_only_the_services_that_differ_are_upgraded() -> None:
    db = a_service("db", {PRIMARY: a_config("15", repository="postgres", healthCheck=None)}, scale=1)
    web = a_service("web", {PRIMARY: a_config("1.0.0", healthCheck=None)}, links={"database": "1s-db"})

    result = plan(a_stack_placement(TWO, TWO_RANCHER), a_survey(db, web))

    assert the_service(result, "db").action is PlannedAction.UNCHANGED
    assert the_service(result, "web").action is PlannedAction.UPGRADED


def test_links_become_dependencies_and_are_set_by_name_after_a_creation() -> None:
    web = the_service(plan(a_stack_placement(TWO, TWO_RANCHER), a_survey()))

    assert web.depends_on == ("db",)
    assert web.settings is not None
    assert web.settings["links"] == {"database": "db"}


def test_a_sidekick_that_the_files_do_not_know_is_removed_with_a_warning() -> None:
    sidekick = a_config("3", repository="registry.abc.net/logs")
    seen = a_service("web", {PRIMARY: _web_config("1.0.1"), "logs": sidekick}, scale=3)

    result = plan(a_stack_placement(WEB, WEB_RANCHER, answers=ANSWERS), a_survey(seen))

    web = the_service(result)
    assert web.removed_sidekicks == ("logs",)
    assert list(web.wanted) == [PRIMARY]
    assert "sidekicks-removed" in codes(result, "warning")


def test_a_sidekick_alone_is_upgraded_without_the_primary() -> None:
    text = """
version: '2'
services:
  web: {image: "nginx:1", labels: {io.rancher.sidekicks: app}}
  app: {image: "registry.abc.net/shop:${VERSION}"}
"""
    labels = {"io.rancher.sidekicks": "app"}
    nginx = a_config("1", repository="nginx", labels=labels, healthCheck=None)
    seen = a_service("web", {PRIMARY: nginx, "app": a_config("1.0.0", healthCheck=None)})

    web = the_service(plan(a_stack_placement(text), a_survey(seen)))

    assert list(web.wanted) == ["app"]


def test_start_first_of_the_files_counts() -> None:
    more = WEB_RANCHER + "    upgrade_strategy: {start_first: true}\n"

    web = the_service(plan(a_stack_placement(WEB, more, answers=ANSWERS), a_survey()))

    assert web.start_first


def test_metadata_that_differs_stays_and_is_told() -> None:
    more = WEB_RANCHER + "    metadata: {owner: shop}\n"
    seen = a_service(
        "web", {PRIMARY: _web_config("1.0.0")}, scale=3, metadata={"io.rancher.service.hash": "f"}
    )

    result = plan(a_stack_placement(WEB, more, answers=ANSWERS), a_survey(seen))

    (note,) = (one for one in result.findings if one["code"] == "settings-kept")
    assert note["settings"] == "metadata"


def test_a_volume_with_a_driver_is_not_made_and_is_told() -> None:
    service = "web: {image: 'a:1', volumes: ['data:/d']}"
    text = f"version: '2'\nservices:\n  {service}\nvolumes: {{data: {{driver: nfs}}}}\n"

    assert "volume-not-made" in codes(plan(a_stack_placement(text), a_survey()), "warning")


def test_the_plan_of_a_queued_ticket_holds_once_the_one_ahead_was_carried_out() -> None:
    placement = a_stack_placement(WEB, WEB_RANCHER, answers=ANSWERS)
    empty = a_survey(stacks=[])
    first = plan(placement, empty, "1.0.1")
    queued = plan(placement, empty, "1.0.2", ahead=[Ahead("DEPLOY-110", first.content)])
    made = as_stored(the_service(first).wanted[PRIMARY], version="0", mark="DEPLOY-110/1/0123456789ab")

    later = plan(placement, a_survey(a_service("web", {PRIMARY: made}, scale=3)), "1.0.2")

    assert the_service(queued).action is PlannedAction.UPGRADED
    assert digest(queued) == digest(later)


@pytest.mark.parametrize(
    ("docker", "rancher", "fact"),
    [
        ("", WEB_RANCHER, {"code": "compose-missing", "application": "Shop", "file": "docker-compose.yml"}),
        (WEB, "", {"code": "compose-missing", "application": "Shop", "file": "rancher-compose.yml"}),
        (
            WEB,
            WEB_RANCHER,
            {
                "code": "variable-unset",
                "variable": "LOG_LEVEL",
                "file": "docker-compose.yml",
                "line": 7,
                "environment": "prod",
            },
        ),
        (
            "version: '2'\nservices:\n  web:\n    image: a:1\n    restrat: always\n",
            WEB_RANCHER,
            {
                "code": "compose-invalid",
                "file": "docker-compose.yml",
                "line": 5,
                "problem": "'restrat' of service 'web' is no key that Rancher knows.",
            },
        ),
        (
            "version: '2'\nservices:\n  web:\n    image: a:1\n    environment: {PASSWORD: 'hunter2${'}\n",
            WEB_RANCHER,
            {
                "code": "compose-invalid",
                "file": "docker-compose.yml",
                "line": 5,
                "problem": "This text uses $ in a form that Rancher does not know; "
                "write ${NAME}, or $$ for a dollar.",
            },
        ),
    ],
)
def test_files_that_cannot_be_used_are_told_with_their_line(
    docker: str, rancher: str, fact: dict[str, object]
) -> None:
    assert problem(a_stack_placement(docker, rancher), a_survey()) == fact


def test_a_change_between_one_per_host_and_a_fixed_number_is_refused() -> None:
    seen = a_service("web", {PRIMARY: _web_config("1.0.0")}, is_global=True)

    fact = problem(a_stack_placement(WEB, WEB_RANCHER, answers=ANSWERS), a_survey(seen))

    assert fact["code"] == "global-switch"


# Services of other kinds

BALANCED = """
version: '2'
services:
  lb: {image: 'rancher/lb-service-haproxy:v0.9.14', ports: ['80:80']}
  web: {image: 'registry.abc.net/shop:${VERSION}'}
"""
BALANCED_RANCHER = """
version: '2'
services:
  lb: {lb_config: {port_rules: [{source_port: 80, target_port: 8080, service: web}]}}
"""
ELSEWHERE = """
version: '2'
services:
  web: {image: 'registry.abc.net/shop:${VERSION}', links: [db]}
  db: {image: rancher/external-service, external_ips: [10.0.0.1]}
  name: {image: rancher/dns-service, links: [web]}
"""


def a_balancer(image: str = "rancher/lb-service-haproxy:v0.9.14") -> ServiceSeen:
    """As Rancher shows it, with its own labels and health check."""
    own = {
        "io.rancher.container.agent.role": "environmentAdmin,agent",
        "io.rancher.container.create_agent": "true",
    }
    check = {"port": 42, "interval": 2000, "healthyThreshold": 2, "unhealthyThreshold": 3}
    check |= {"responseTimeout": 2000, "initializingTimeout": 60000, "reinitializingTimeout": 60000}
    config = {"imageUuid": f"docker:{image}", "ports": ["80:80/tcp"], "labels": own, "healthCheck": check}
    return a_service("lb", {PRIMARY: config}, kind="loadBalancerService")


def test_a_missing_load_balancer_is_told_and_the_rest_is_planned() -> None:
    result = plan(a_stack_placement(BALANCED, BALANCED_RANCHER), a_survey(stacks=[]))

    assert [service.name for service in result.content.services] == ["web"]
    assert "balancer-not-made" in codes(result, "warning")


@pytest.mark.parametrize(
    ("image", "code", "level"),
    [
        ("rancher/lb-service-haproxy:v0.9.14", "other-kind-kept", "note"),
        ("rancher/lb-service-haproxy:v0.9.1", "other-kind-differs", "warning"),
    ],
)
def test_a_load_balancer_that_is_there_stays_and_it_is_told_whether_the_files_want_another(
    image: str, code: str, level: str
) -> None:
    web = a_service("web", {PRIMARY: a_config("1.0.0", healthCheck=None)})

    result = plan(a_stack_placement(BALANCED, BALANCED_RANCHER), a_survey(web, a_balancer(image)))

    assert [service.name for service in result.content.services] == ["web"]
    assert code in codes(result, level)


def test_a_service_that_links_to_a_missing_load_balancer_is_not_planned() -> None:
    linked = BALANCED.replace("${VERSION}'", "${VERSION}', links: [lb]")

    fact = problem(a_stack_placement(linked, BALANCED_RANCHER), a_survey(stacks=[]))

    assert fact == {"code": "balancer-needed", "service": "web", "balancer": "lb"}


def test_external_services_and_aliases_that_are_missing_are_made_without_containers() -> None:
    result = plan(a_stack_placement(ELSEWHERE, "version: '2'"), a_survey(stacks=[]))

    db, name = the_service(result, "db"), the_service(result, "name")
    assert (db.action, db.scale, name.scale) == (PlannedAction.CREATED, 0, 0)
    assert db.settings == {
        "type": "externalService",
        "startOnCreate": True,
        "externalIpAddresses": ["10.0.0.1"],
    }
    assert name.settings == {"type": "dnsService", "startOnCreate": True, "links": {"web": "web"}}
    assert [one["service"] for one in result.findings if one["code"] == "no-health-check"] == ["web"]


@pytest.mark.parametrize(
    ("links", "code"),
    [({"web": "1s-web"}, "other-kind-kept"), ({"old": "1s-old"}, "other-kind-differs")],
)
def test_an_alias_that_is_there_stays_and_other_links_are_told(links: dict[str, str], code: str) -> None:
    external = {PRIMARY: {"imageUuid": "docker:rancher/external-service"}}
    alias = {PRIMARY: {"imageUuid": "docker:rancher/dns-service"}}
    web = a_service("web", {PRIMARY: a_config("1.0.0", healthCheck=None)}, links={"db": "1s-db"})
    db = a_service("db", external, kind="externalService")
    name = a_service("name", alias, kind="dnsService", links=links)

    result = plan(a_stack_placement(ELSEWHERE, "version: '2'"), a_survey(web, db, name))

    told = {one["service"]: one["code"] for one in result.findings if one["code"].startswith("other-kind")}
    assert told == {"db": "other-kind-kept", "name": code}


def test_a_service_of_another_kind_than_the_files_say_is_refused() -> None:
    fact = problem(a_stack_placement(BALANCED, BALANCED_RANCHER), a_survey(a_service("lb")))

    assert (fact["code"], fact["kind"]) == ("service-kind", "service")
