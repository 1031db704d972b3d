"""exportconfig: services as they are now, as compose texts (rancher-1.6-api.md 3.2)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .stack_lab import StackLab

RECORDINGS = Path(__file__).parents[3] / "recordings" / "stacks"


@pytest.fixture
def lab() -> StackLab:
    return StackLab()


def exported(lab: StackLab, stack: int, **body: Any) -> tuple[str, str]:
    found = lab.engine.act("stack", stack, "exportconfig", body)
    assert found is not None
    return found["dockerComposeConfig"], found["rancherComposeConfig"]


def recorded() -> list[dict[str, Any]]:
    steps = json.loads((RECORDINGS / "export-outputs-activate-remove.json").read_text())["steps"]
    return [step for step in steps if "request" in step][:3]


def read(text: str) -> Any:
    """The text's values, with random ports as one word."""
    return yaml.safe_load(re.sub(r"(49|[56]\d)\d{3}:", "random:", text))


@pytest.mark.parametrize("whole", [True, False])
def test_the_recorded_stack_is_exported_as_the_server_did(lab: StackLab, whole: bool) -> None:
    made, *answers = recorded()
    body = made["request"]["body"]
    stack = lab.stack_of(body["dockerCompose"], body["rancherCompose"], environment=body["environment"])
    chosen = {} if whole else {"serviceIds": [lab.named(stack, "db")]}
    theirs = answers[0 if whole else 1]["response"]["body"]

    ours = exported(lab, stack, **chosen)

    assert read(ours[0]) == read(theirs["dockerComposeConfig"])
    assert read(ours[1]) == read(theirs["rancherComposeConfig"])
    assert ours[0].startswith("version: '2'\r\nservices:\r\n")


def entries(lab: StackLab, name: str, stack: int | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the two texts say of a service of the lab's own stack."""
    docker, rancher = exported(lab, lab.stack if stack is None else stack)
    return yaml.safe_load(docker)["services"][name], yaml.safe_load(rancher)["services"][name]


@pytest.mark.parametrize(
    ("config", "written"),
    [
        ({"cpuShares": 0, "domainName": ""}, {"cpu_shares": 0, "domainname": ""}),
        ({"tty": False, "dns": [], "sysctls": {}, "user": None}, {}),
        ({"restartPolicy": {"name": "always"}}, {}),
        ({"labels": {"io.rancher.service.hash": "{}", "team": "shop"}}, {"labels": {"team": "shop"}}),
        ({"labels": {"io.rancher.service.hash": "{}"}}, {}),
        ({"networkMode": "managed"}, {}),
        ({"networkMode": "host"}, {"network_mode": "host"}),
        ({"networkMode": "container"}, {"network_mode": "container"}),
        ({"networkMode": "host", "networkLaunchConfig": "side"}, {"network_mode": "host"}),
        (
            {"networkMode": "container", "networkLaunchConfig": "side"},
            {"network_mode": "container:side"},
        ),
        ({"dataVolumesFromLaunchConfigs": ["side"]}, {"volumes_from": ["side"]}),
        ({"logConfig": {"driver": "", "config": {"tag": "a"}}}, {}),
        ({"logConfig": {"driver": "none", "config": {}}}, {"logging": {"driver": "none"}}),
        (
            {"logConfig": {"driver": "syslog", "config": {"tag": "a"}}},
            {"logging": {"driver": "syslog", "options": {"tag": "a"}}},
        ),
        ({"secrets": []}, {}),
        (
            {"secrets": [{"type": "secretReference", "name": "key", "mode": None}, {}]},
            {"secrets": [{"name": "key"}, {}]},
        ),
        ({"tmpfs": {"/run": "size=1m", "/tmp": ""}}, {"tmpfs": ["/run:size=1m", "/tmp"]}),
        ({"tmpfs": {}, "ulimits": [], "blkioDeviceOptions": {}}, {}),
        (
            {
                "ulimits": [
                    {"name": "nofile", "soft": 1, "hard": 2},
                    {"name": "nproc", "soft": 3, "hard": None},
                    {"name": "core", "soft": None, "hard": 4},
                ]
            },
            {"ulimits": {"nofile": {"soft": 1, "hard": 2}, "nproc": 3}},
        ),
        (
            {"blkioDeviceOptions": {"/dev/a": {"weight": 10, "readBps": None}, "/dev/b": {"readBps": 20}}},
            {"blkio_weight_device": {"/dev/a": 10}, "device_read_bps": {"/dev/b": 20}},
        ),
    ],
)
def test_a_launch_config_is_written_in_the_words_of_docker_compose(
    lab: StackLab, config: dict[str, Any], written: dict[str, Any]
) -> None:
    """Each value as createComposeData's `populate…` methods write it."""
    lab.service("web", start=False, sidekicks=[{"name": "side", "imageUuid": "docker:r/side:1"}], **config)

    docker, rancher = entries(lab, "web")

    written.setdefault("labels", {})["io.rancher.sidekicks"] = "side"
    assert docker == {"image": "sim:registry/shop:1"} | written
    assert rancher == {"scale": 1, "start_on_create": True}


@pytest.mark.parametrize(
    ("fields", "config", "written"),
    [
        ({"scale": 3}, {}, {"scale": 3}),
        ({}, {"labels": {"io.rancher.scheduler.global": "true"}}, {"scale": None}),
        ({}, {"startOnCreate": False}, {"start_on_create": None}),
        ({"retainIp": True}, {}, {"retain_ip": True}),
        ({"retainIp": False, "scalePolicy": None}, {}, {}),
        ({"scalePolicy": {"min": 1, "max": 2}}, {}, {"scale_policy": {"min": 1, "max": 2}}),
        (
            {"metadata": {"io.rancher.service.hash": "{}", "role": "front"}},
            {},
            {"metadata": {"role": "front"}},
        ),
        ({"metadata": {"io.rancher.service.hash": "{}"}}, {}, {}),
        (
            {},
            {"drainTimeoutMs": 500, "milliCpuReservation": 100},
            {"drain_timeout_ms": 500, "milli_cpu_reservation": 100},
        ),
        ({}, {"drainTimeoutMs": 0, "milliCpuReservation": 0}, {"milli_cpu_reservation": 0}),
        (
            {},
            {"healthCheck": {"port": 80, "responseTimeout": 2000, "requestLine": None}},
            {"health_check": {"port": 80, "response_timeout": 2000}},
        ),
    ],
)
def test_what_is_ranchers_own_is_written_in_rancher_compose(
    lab: StackLab, fields: dict[str, Any], config: dict[str, Any], written: dict[str, Any]
) -> None:
    lab.service("web", start=False, fields=fields, **config)

    docker, rancher = entries(lab, "web")

    whole = {"scale": 1, "start_on_create": True} | written
    assert rancher == {key: value for key, value in whole.items() if value is not None}
    assert docker.keys() <= {"image", "labels"}


@pytest.mark.parametrize(
    ("kind", "fields", "docker", "rancher"),
    [
        ("dnsService", {}, {"image": "rancher/dns-service"}, {}),
        (
            "externalService",
            {"hostname": "a.test"},
            {"image": "rancher/external-service"},
            {"hostname": "a.test"},
        ),
        (
            "externalService",
            {"externalIpAddresses": ["10.0.0.1"]},
            {"image": "rancher/external-service"},
            {"external_ips": ["10.0.0.1"]},
        ),
        (
            "service",
            {"launchConfig": {"labels": {}}, "selectorContainer": "a=b", "selectorLink": "c=d"},
            {
                "labels": {
                    "io.rancher.service.selector.container": "a=b",
                    "io.rancher.service.selector.link": "c=d",
                }
            },
            {"scale": 1, "start_on_create": True},
        ),
    ],
)
def test_a_service_without_containers_of_its_own_is_known_by_its_kind(
    lab: StackLab, kind: str, fields: dict[str, Any], docker: dict[str, Any], rancher: dict[str, Any]
) -> None:
    """Kinds without containers have no scale; started is what was made to start."""
    body = {"name": "out", "kind": kind, "stackId": lab.stack, **fields}
    number = lab.engine.create("service", body, project=lab.project)

    assert entries(lab, "out") == (docker, rancher)

    lab.wait(1)
    lab.engine.delete("service", number)
    lab.wait(5)
    lab.engine.create("service", {**body, "startOnCreate": True}, project=lab.project)
    assert entries(lab, "out") == (docker, rancher | {"start_on_create": True})


def test_links_are_named_by_where_their_service_is(lab: StackLab) -> None:
    """Within the text by name, from another stack as `stack/name`; others are left out."""
    far = lab.engine.create("stack", {"name": "far"}, project=lab.project)
    db, cache = lab.service("db"), lab.service("cache")
    away = lab.engine.create(
        "service",
        {"name": "away", "stackId": far, "launchConfig": {"imageUuid": "sim:a"}},
        project=lab.project,
    )
    web = lab.service("web", sidekicks=[{"name": "side", "imageUuid": "docker:r/side:1"}])
    links = [("store", db), ("", cache), ("there", away)]
    body = {"serviceLinks": [{"name": name, "serviceId": number} for name, number in links]}
    lab.engine.act("service", web, "setservicelinks", body)

    whole, _ = exported(lab, lab.stack)
    part, _ = exported(lab, lab.stack, serviceIds=[web, cache])

    for name in ("web", "side"):
        found = yaml.safe_load(whole)["services"][name]
        assert sorted(found["links"]) == ["cache:cache", "db:store"]
        assert found["external_links"] == ["far/away:there"]
        part_of = yaml.safe_load(part)["services"][name]
        assert (part_of["links"], part_of["external_links"]) == (["cache:cache"], ["far/away:there"])


def test_the_rules_of_a_balancer_name_their_services(lab: StackLab) -> None:
    """By `stack/name` where it is another stack; a rule whose service is gone is left out."""
    near, gone = lab.service("near"), lab.service("gone")
    stack = lab.engine.create("stack", {"name": "edge"}, project=lab.project)
    own = lab.engine.create(
        "service",
        {"name": "own", "stackId": stack, "launchConfig": {"imageUuid": "sim:a"}},
        project=lab.project,
    )
    rule = {"sourcePort": 80, "protocol": "http", "hostname": None}
    lb_config = {
        "portRules": [
            {**rule, "serviceId": near, "targetPort": 1},
            {**rule, "serviceId": own, "targetPort": 2},
            {**rule, "serviceId": gone, "targetPort": 3},
            {**rule, "serviceId": 999, "targetPort": 4},
            {**rule, "selector": "a=b", "targetPort": 5},
        ],
        "config": "global",
        "stickinessPolicy": None,
    }
    body = {"name": "lb", "stackId": stack, "kind": "loadBalancerService", "lbConfig": lb_config}
    balancer = lab.engine.create(
        "service",
        {**body, "launchConfig": {"imageUuid": "docker:rancher/lb-service-haproxy:v0.9.14"}},
        project=lab.project,
    )
    lab.engine.delete("service", gone)
    lab.wait(20)

    docker, rancher = entries(lab, "lb", stack)

    written = {"source_port": 80, "protocol": "http"}
    assert rancher["lb_config"] == {
        "certs": [],
        "port_rules": [
            {**written, "target_port": 1, "service": "shop/near"},
            {**written, "target_port": 2, "service": "own"},
            {**written, "target_port": 5, "selector": "a=b"},
        ],
        "config": "global",
    }
    assert "links" not in docker
    lab.engine.update(
        "service", balancer, {"lbConfig": {"stickinessPolicy": {"name": "a"}, "portRules": None}}
    )
    assert entries(lab, "lb", stack)[1]["lb_config"] == {
        "certs": [],
        "port_rules": [],
        "stickiness_policy": {"name": "a"},
    }


def test_the_volumes_of_a_stack_are_written_with_their_drivers(lab: StackLab) -> None:
    """Its templates, and as external ones what a driver of the first version of compose texts is for."""
    for name, fields in {
        "data": {"driver": "nfs", "driverOpts": {"share": "a"}, "perContainer": True, "external": False},
        "plain": {"driver": None},
        "known": {"driver": "local"},
    }.items():
        body = {"name": name, "stackId": lab.stack, **fields}
        lab.engine.create("volumeTemplate", body, project=lab.project)
    mounts = ["old:/old", "known:/known", "/srv:/srv", "nowhere"]
    lab.service("web", volumeDriver="nfs", dataVolumes=mounts)
    lab.service("db", dataVolumes=["other:/other"])
    lab.service("bare", volumeDriver="nfs")

    docker, rancher = exported(lab, lab.stack)

    assert yaml.safe_load(docker)["volumes"] == {
        "data": {"driver": "nfs", "driver_opts": {"share": "a"}, "per_container": True},
        "plain": {},
        "known": {"driver": "local"},
        "old": {"external": True, "driver": "nfs"},
    }
    assert yaml.safe_load(docker)["services"]["web"] == {"image": "sim:registry/shop:1", "volumes": mounts}
    assert "volumes" not in yaml.safe_load(rancher)


FULL = """
version: '2'
services:
  web:
    image: r/web:1
    labels: {io.rancher.sidekicks: 'log, data', team: shop}
    logging: {driver: syslog, options: {tag: web}}
    tmpfs: ['/run:size=1m', /tmp]
    ulimits: {nofile: {soft: 1, hard: 2}}
    external_links: ['shop/far:away']
    volumes_from: [data]
    mem_limit: 64m
    privileged: true
    environment: {COST: '5$$'}
  log: {image: 'r/log:1', network_mode: 'container:web'}
  data: {image: 'r/data:1'}
  every: {image: 'r/every:1', network_mode: host, labels: {io.rancher.scheduler.global: 'true'}}
  out: {image: rancher/external-service}
  name: {image: rancher/dns-service, links: [web]}
  lb: {image: 'rancher/lb-service-haproxy:v0.9.14', ports: ['8070:8070']}
"""
FULL_MORE = """
version: '2'
services:
  web:
    retain_ip: true
    scale_policy: {min: 1, max: 2, increment: 1}
    health_check: {port: 80, response_timeout: 2000}
    drain_timeout_ms: 500
    upgrade_strategy: {start_first: false}
  out: {external_ips: [10.0.0.1]}
  lb:
    lb_config:
      port_rules: [{source_port: 8070, target_port: 80, service: web, protocol: http}]
"""


def balancer_linked_to_two(lab: StackLab, lb_config: dict[str, Any] | None) -> None:
    """A balancer `lb` with a link within its stack, and one that leads out of it."""
    near = lab.service("near", start=False)
    other = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    far = lab.service("far", start=False, fields={"stackId": other})
    balancer = lab.service("lb", start=False, fields={"kind": "loadBalancerService", "lbConfig": lb_config})
    for link in ({"serviceId": near, "name": "alias"}, {"serviceId": far}):
        lab.engine.act("service", balancer, "addservicelink", {"serviceLink": link})


def test_a_balancer_without_a_config_is_written_in_the_former_form(lab: StackLab) -> None:
    """Seen on a live server, which makes one where `lbConfig` is sent as null."""
    balancer_linked_to_two(lab, None)

    docker, rancher = entries(lab, "lb")

    assert docker["image"] == "rancher/load-balancer-service"
    assert (docker["links"], docker["external_links"]) == (["near:alias"], ["other/far:far"])
    assert "lb_config" not in rancher


def test_a_balancer_with_an_empty_config_is_written_without_its_links(lab: StackLab) -> None:
    balancer_linked_to_two(lab, {})

    docker, rancher = entries(lab, "lb")

    assert docker["image"] == "sim:registry/shop:1"
    assert not {"links", "external_links"} & docker.keys()
    assert rancher["lb_config"] == {"certs": [], "port_rules": []}


def test_what_is_exported_makes_the_same_services(lab: StackLab) -> None:
    lab.service("far")
    stack = lab.stack_of(FULL, FULL_MORE)
    assert lab.stack_state(stack) == ("active", "no", None)

    docker, rancher = exported(lab, stack)
    again = lab.stack_of(docker, rancher, name="again", environment={})

    assert lab.stack_state(again) == ("active", "no", None)
    before, after = (
        [yaml.safe_load(text)["services"] for text in texts]
        for texts in ((docker, rancher), exported(lab, again))
    )
    # The server's own health check of a balancer has no strategy; one that a text names has.
    assert after[1]["lb"]["health_check"] == before[1]["lb"].pop("health_check") | {"strategy": "recreate"}
    assert after[1]["lb"].pop("health_check")
    assert after == before


def test_hashes_defaults_and_strategies_are_not_exported(lab: StackLab) -> None:
    docker, rancher = exported(lab, lab.stack_of(FULL, FULL_MORE))

    assert not re.search("hash|vcpu|tty|upgrade_strategy", docker + rancher)
    assert "scale" not in yaml.safe_load(rancher)["services"]["every"]


def test_a_stack_without_services_is_a_version_only(lab: StackLab) -> None:
    assert exported(lab, lab.stack) == ("version: '2'\r\n", "version: '2'\r\n")
