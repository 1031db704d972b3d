"""What differs between a service that runs and what the files want of it."""

from __future__ import annotations

import pytest

from rancher_client.compose import ChangeKind, ComposedService, ComposeError, compose, service_diff

DOCKER = """\
version: '2'
services:
  lb: {image: 'rancher/lb-service-haproxy:v0.9.14', ports: ['80']}
  web:
    image: shop:2
    labels: {io.rancher.sidekicks: logs}
    links: [db]
  logs: {image: 'logs:1'}
  db: {image: rancher/external-service, external_ips: [10.0.0.1]}
"""
RANCHER = """\
version: '2'
services:
  lb: {lb_config: {port_rules: [{source_port: 80, target_port: 8080, service: web}]}}
  web: {scale: 3, metadata: {team: shop}}
"""
IDS = {"web": "1s1", "db": "1s2"}

WEB = {
    "type": "service",
    "scale": 3,
    "metadata": {"team": "shop", "io.rancher.service.hash": "f1"},
    "linkedServices": {"db": "1s2"},
    "launchConfig": {
        "type": "launchConfig",
        "imageUuid": "docker:shop:2",
        "labels": {"io.rancher.sidekicks": "logs", "mark": "DEPLOY-1"},
        "version": "f0",
    },
    "secondaryLaunchConfigs": [{"name": "logs", "imageUuid": "docker:logs:1", "version": "0"}],
}


def wanted(name: str) -> ComposedService:
    return next(service for service in compose(DOCKER, RANCHER).services if service.name == name)


def difference(**fields):
    return service_diff(WEB | fields, wanted("web"), service_ids=IDS, ignored_labels=["mark"])


def test_a_service_that_is_as_wanted_does_not_differ():
    assert difference().is_empty


def test_a_missing_service_is_told_as_missing():
    found = service_diff(None, wanted("web"))

    assert (found.is_missing, found.needs_upgrade, found.is_empty) == (True, False, False)


def test_each_config_is_compared_by_its_name():
    found = difference(
        launchConfig=WEB["launchConfig"] | {"imageUuid": "docker:shop:1"},
        secondaryLaunchConfigs=[{"name": "old", "imageUuid": "docker:old:1"}],
    )

    assert {name: [one.name for one in changed] for name, changed in found.configs.items()} == {
        "": ["imageUuid"],
        "logs": ["imageUuid"],
    }
    assert (found.removed_sidekicks, found.needs_upgrade) == (("old",), True)


@pytest.mark.parametrize(
    ("fields", "setting", "kind"),
    [
        ({"scale": 2}, "scale", ChangeKind.CHANGED),
        ({"metadata": {"team": "other"}}, "metadata", ChangeKind.CHANGED),
        ({"metadata": None}, "metadata", ChangeKind.ADDED),
        ({"linkedServices": None}, "links", ChangeKind.ADDED),
        ({"linkedServices": {"db": "1s9"}}, "links", ChangeKind.CHANGED),
        ({"retainIp": True}, "retainIp", ChangeKind.REMOVED),
        ({"selectorLink": "a=b"}, "selectorLink", ChangeKind.REMOVED),
    ],
)
def test_settings_are_told_apart_from_containers(fields, setting, kind):
    found = difference(**fields)

    assert [(one.name, one.kind) for one in found.settings] == [(setting, kind)]
    assert not found.needs_upgrade


def test_a_scale_that_the_files_do_not_give_is_no_difference():
    [service] = compose("web:\n  image: shop:2\n").services

    assert service_diff({"launchConfig": {"imageUuid": "docker:shop:2"}, "scale": 7}, service).is_empty


def test_rules_of_a_load_balancer_are_compared_by_ids():
    runs = {
        "type": "loadBalancerService",
        "scale": 1,
        "linkedServices": {"web": "1s1"},
        "launchConfig": {
            "imageUuid": "docker:rancher/lb-service-haproxy:v0.9.14",
            "ports": ["80:80/tcp"],
            "labels": {"io.rancher.container.create_agent": "true"},
        },
        "lbConfig": {
            "type": "lbConfig",
            "stickinessPolicy": None,
            "portRules": [
                {
                    "type": "portRule",
                    "protocol": "http",
                    "serviceId": "1s1",
                    "sourcePort": 80,
                    "targetPort": 8080,
                }
            ],
        },
    }

    assert service_diff(runs, wanted("lb"), service_ids=IDS).is_empty
    assert [one.name for one in service_diff(runs, wanted("lb"), service_ids={"web": "1s9"}).settings] == [
        "lbConfig"
    ]
    with pytest.raises(ComposeError, match="no service 'web'"):
        service_diff(runs, wanted("lb"))


def test_where_an_external_service_leads_is_compared():
    runs = {
        "type": "externalService",
        "launchConfig": {"imageUuid": "docker:rancher/external-service"},
        "externalIpAddresses": ["10.0.0.2"],
    }

    assert [one.name for one in service_diff(runs, wanted("db")).settings] == ["externalIpAddresses"]
