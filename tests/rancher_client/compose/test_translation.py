"""Every compose text that a real Rancher 1.6 was given, beside what came of it there.

Source: recordings/stacks/compose-translation.json and compose-values.json (rancher-1.6-api.md 10.6).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from rancher_client.compose import ComposedService, ComposeError, Composition, Kind, compose, service_diff
from rancher_client.compose.diff import (
    BALANCERS_OWN_HEALTH_CHECK,
    BALANCERS_OWN_LABELS,
    DEFAULTS,
    FIRST_RANDOM_PORT,
    HASH_LABEL,
)

RECORDINGS = Path(__file__).parents[2] / "recordings" / "stacks"
RECORDED = [
    case
    for name in ("compose-translation", "compose-values")
    for case in json.loads((RECORDINGS / f"{name}.json").read_text())
]

WE_REFUSE = {
    "interpolation-unset": "an unset variable is an error here, not an empty text",
    "odd-unset-variable-in-image": "the same; Rancher takes the image 'nginx:' and fails at the pull",
    "extends-same-file": "extends is not read, whatever file it names",
    "build-remote": "images are built before a deployment",
    "odd-duplicate-service-key": "equal keys are an error; the first service would be lost in silence",
    "template-go": "user text is never run as a template",
    "img-docker-prefix": "docker:x would run the image x; the image of that name is library/docker:x",
    "img-dind": "the same",
    "img-space-around": "spaces in the name of an image are an error",
    "expose-int-dup": "the same port twice, once as a number, is an error",
    "volumes-ext-name": "Rancher ignores the name of an external volume that is given",
    "scale-neg": "no number of containers",
    "scale-big": "the same",
    "scale-float": "the same",
    "disks": "virtual machines are not made from compose files",
    "rc-only-image": "keys of docker-compose.yml mean nothing to rancher-compose in the other file",
    "rc-merge-env": "the same",
    "hc-request-int": "a number is no request",
    "weight-noval": "a device without its weight would be left out in silence",
    "cmd-comment": "the rest of the line would be lost in silence",
    "cmd-comment-lines": "the same",
}
"""Rancher makes services of these; we say why not."""

WE_TAKE = {
    "bad-template-syntax": "braces are text here, no template",
}
"""Rancher refuses these; here they mean what is written."""

WE_DIFFER = {
    "odd-template": ("braces are text here, no template", {"fmt": "{{.Name}}"}),
}
"""Both take these; ours gives other entries of environment or labels, for the reason beside it."""


def cases(kind: str, but: Collection[str] = ()) -> list[Any]:
    return [
        pytest.param(case, id=case["name"]) for case in RECORDED if kind in case and case["name"] not in but
    ]


def composed(case: dict[str, Any]) -> Composition:
    return compose(case["docker_compose"], case["rancher_compose"] or "", case["environment"] or {})


@pytest.mark.parametrize("case", cases("services"))
def test_services_are_those_that_rancher_makes_of_the_same_text(case):
    if case["name"] in WE_REFUSE:
        with pytest.raises(ComposeError):
            composed(case)
        return

    ours = {service.name: service for service in composed(case).services}

    assert ours.keys() == case["services"].keys()
    for name, theirs in case["services"].items():
        assert as_compared(ours[name]) == expected(case["name"], theirs, ours[name])


@pytest.mark.parametrize("case", cases("error"))
def test_a_text_that_rancher_refuses_is_refused_with_file_and_words(case):
    if case["name"] in WE_TAKE:
        assert composed(case).services
        return

    with pytest.raises(ComposeError) as caught:
        composed(case)

    assert caught.value.file in ("docker-compose.yml", "rancher-compose.yml")
    assert caught.value.text.endswith(".")


@pytest.mark.parametrize("case", cases("volumeTemplates", but=WE_REFUSE))
def test_named_volumes_become_the_volume_templates_that_rancher_makes(case):
    theirs = {
        volume["name"]: (volume["driver"], bool(volume["external"]), bool(volume["perContainer"]))
        for volume in case["volumeTemplates"]
    }

    ours = {
        volume.name: (volume.driver, volume.is_external, volume.is_per_container)
        for volume in composed(case).volume_templates
    }

    assert ours == theirs


def test_every_exception_to_the_table_names_a_recorded_case():
    names = {case["name"] for case in RECORDED}

    assert WE_REFUSE.keys() | WE_TAKE.keys() | WE_DIFFER.keys() <= names


@pytest.mark.parametrize("case", cases("services"))
def test_nothing_is_left_to_change_in_what_rancher_made_of_the_same_text(case):
    """Rancher's own additions, a load balancer's among them, are no difference; our exceptions are one."""
    if case["name"] in WE_REFUSE or case["name"] in WE_DIFFER:
        return

    elsewhere = "1s6" if case["name"] == "external-links" else "api"
    names = {name: name for name in case["services"]} | {"table-shared/api": elsewhere}

    for service in composed(case).services:
        assert service_diff(case["services"][service.name], service, service_ids=names).is_empty


def as_compared(service: ComposedService) -> dict[str, Any]:
    targets = service.load_balancer.targets if service.load_balancer else ()
    by_name = {name: name.rpartition("/")[2] for name in targets}
    fields = service.create_fields(service_ids=by_name)
    return {
        "type": fields["type"],
        "scale": fields.get("scale"),
        "configs": [as_of_kind(comparable(config), service.kind) for config in all_configs(fields)],
        "lbConfig": fields.get("lbConfig"),
        "externalIpAddresses": fields.get("externalIpAddresses"),
        "hostname": fields.get("hostname"),
        "healthCheck": fields.get("healthCheck"),
        "metadata": fields.get("metadata", {}),
        "retainIp": fields.get("retainIp"),
        "scalePolicy": fields.get("scalePolicy"),
        "selectorContainer": fields.get("selectorContainer"),
        "selectorLink": fields.get("selectorLink"),
        "links": dict(service.links) or by_name,
    }


def expected(case: str, theirs: dict[str, Any], ours: ComposedService) -> dict[str, Any]:
    theirs = {"kind": theirs["type"], **without_types(theirs)}
    metadata = {name: value for name, value in (theirs.get("metadata") or {}).items() if name != HASH_LABEL}
    configs = [comparable(config) for config in all_configs(theirs)]
    for entries in (configs[0].get("environment", {}), configs[0].get("labels", {})):
        entries |= {
            name: value for name, value in WE_DIFFER.get(case, ("", {}))[1].items() if name in entries
        }
    linked = theirs.get("linkedServices") or {}
    return {
        "type": theirs["kind"],
        "scale": theirs.get("scale"),
        "configs": [as_of_kind(config, ours.kind) for config in configs],
        "lbConfig": theirs.get("lbConfig"),
        "externalIpAddresses": theirs.get("externalIpAddresses"),
        "hostname": theirs.get("hostname"),
        "healthCheck": theirs.get("healthCheck"),
        "metadata": metadata,
        "retainIp": theirs.get("retainIp"),
        "scalePolicy": theirs.get("scalePolicy"),
        "selectorContainer": theirs.get("selectorContainer"),
        "selectorLink": theirs.get("selectorLink"),
        "links": {alias: name for alias, name in linked.items() if alias not in ours.external_links},
    }


def all_configs(service: dict[str, Any]) -> list[dict[str, Any]]:
    return [service["launchConfig"], *(service.get("secondaryLaunchConfigs") or [])]


def comparable(config: dict[str, Any]) -> dict[str, Any]:
    """A config without Rancher's defaults, hash label, empty values and the random ports it chose."""
    labels = {name: value for name, value in config.get("labels", {}).items() if name != HASH_LABEL}
    devices = {
        device: {name: number for name, number in said.items() if number is not None}
        for device, said in config.get("blkioDeviceOptions", {}).items()
    }
    ports = [as_asked_for(port) for port in config.get("ports", [])]
    kept = {**config, "labels": labels, "ports": ports, "blkioDeviceOptions": devices}
    return {
        name: value
        for name, value in kept.items()
        if name != "version" and value not in ({}, []) and value != DEFAULTS.get(name)
    }


def as_of_kind(config: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """Without what Rancher gives every load balancer by itself (10.6)."""
    if kind is not Kind.LOAD_BALANCER:
        return config
    labels = config.get("labels", {})
    kept = {name: value for name, value in labels.items() if name not in BALANCERS_OWN_LABELS}
    check = {name: value for name, value in config.get("healthCheck", {}).items() if value is not None}
    own = {"healthCheck": {}} if check == BALANCERS_OWN_HEALTH_CHECK else {}
    return comparable({**config, "labels": kept, **own})


def as_asked_for(port: str) -> str:
    match = re.fullmatch(r"([0-9.]+:)?([0-9]+):([0-9]+/(?:tcp|udp))", port)
    if match is None or int(match[2]) < FIRST_RANDOM_PORT:
        return port
    return f"{match[1]}:{match[3]}" if match[1] else match[3]


def without_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_types(child) for key, child in value.items() if key != "type"}
    return [without_types(child) for child in value] if isinstance(value, list) else value
