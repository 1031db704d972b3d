"""Whatever stands in the files: a composition comes of it, or an error that says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rancher_client.compose import ComposeError, Composition, changes, compose
from rancher_client.compose.keys import (
    BLOCK_DEVICE_KEYS,
    DROPPED_KEYS,
    LAUNCH_CONFIG_KEYS,
    RANCHER_KEYS,
    REFUSED_KEYS,
)

FILES = ("docker-compose.yml", "rancher-compose.yml")
RECORDED = json.loads(
    (Path(__file__).parents[2] / "recordings" / "stacks" / "compose-translation.json").read_text()
)
TEXTS = [text for case in RECORDED for text in (case["docker_compose"], case["rancher_compose"]) if text]

KEYS = sorted(
    {"image", "environment", "links", "external_links", "depends_on", "volumes_from", "net", "log_opt"}
    | {"network_mode", "logging", "log_driver", "nothing_known"}
    | LAUNCH_CONFIG_KEYS.keys()
    | BLOCK_DEVICE_KEYS.keys()
    | DROPPED_KEYS.keys()
    | RANCHER_KEYS
    | REFUSED_KEYS.keys()
)
IMAGES = ["nginx:1", "rancher/load-balancer-service", "rancher/external-service", "rancher/dns-service"]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(["web", "db", "80:80", "80", "$A", "${A}", "a=b", "1g", "10s", "container:web", *IMAGES]),
    st.text(max_size=8),
)
rules = st.fixed_dictionaries(
    {},
    optional={
        "source_port": scalars,
        "target_port": scalars,
        "service": scalars,
        "selector": scalars,
        "protocol": st.sampled_from(["http", "tcp", "x"]),
        "priority": scalars,
    },
)
values = st.recursive(
    st.one_of(scalars, st.lists(scalars, max_size=3), st.fixed_dictionaries({"port_rules": st.lists(rules)})),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=5)), inner, max_size=3),
    ),
    max_leaves=8,
)
services = st.dictionaries(
    st.sampled_from(["web", "db", "lb", "logs", "not_a_name"]),
    st.one_of(
        st.dictionaries(st.sampled_from(KEYS), values, max_size=5).flatmap(
            lambda service: st.sampled_from(IMAGES).map(lambda image: {"image": image, **service})
        ),
        values,
    ),
    max_size=3,
)
files = st.one_of(
    services,
    st.fixed_dictionaries({"version": st.just("2"), "services": services}, optional={"volumes": values}),
    values,
)


def attempted(docker_compose: str, rancher_compose: str) -> tuple[Composition | None, ComposeError | None]:
    try:
        return compose(docker_compose, rancher_compose, {"A": "1"}), None
    except ComposeError as error:
        return None, error


def composed_or_refused(docker_compose: str, rancher_compose: str = "") -> None:
    """Compose; what is refused says where, what is not is equal to itself and can be sent."""
    composition, error = attempted(docker_compose, rancher_compose)
    if error is not None:
        assert error.file in FILES
        assert error.line is not None
        text = docker_compose if error.file == FILES[0] else rancher_compose
        assert 1 <= error.line <= len(text.splitlines()) + 1
        assert error.text.endswith(".")
    if composition is None:
        return
    for service in composition.services:
        balancer = service.load_balancer
        names = (*balancer.targets, *balancer.certificate_names) if balancer else ()
        fields = service.create_fields(
            service_ids=dict.fromkeys(names, "1s1"), certificate_ids=dict.fromkeys(names, "1c1")
        )
        sent = json.loads(json.dumps(fields))
        assert changes(sent["launchConfig"], service.launch_config) == ()


@pytest.mark.timeout(900)  # a thousand examples of it take minutes on a busy machine
@given(files, files)
def test_any_values_under_any_keys_are_composed_or_refused_with_their_place(docker, rancher):
    composed_or_refused(yaml.safe_dump(docker), yaml.safe_dump(rancher))


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_is_composed_or_refused(text):
    composed_or_refused(text)
    composed_or_refused("web:\n  image: nginx:1\n", text)


@given(st.sampled_from(TEXTS), st.data())
def test_a_recorded_text_with_a_piece_put_in_or_taken_out_is_composed_or_refused(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 12)))
    piece = data.draw(
        st.one_of(st.sampled_from(["\n", "  ", ": ", "- ", "$", "'", "&a ", "*a", "!!", "\t"]), st.text())
    )

    composed_or_refused(text[:start] + piece + text[end:])


plain = st.text(alphabet=st.characters(exclude_categories=["C"], exclude_characters="\x85\u2028\u2029"))


@given(plain)
def test_a_text_whose_dollars_are_doubled_comes_out_as_it_was(text):
    assert filled(text.replace("$", "$$")) == text


@given(st.lists(st.one_of(plain.map(lambda text: (text, text.replace("$", "$$"))), st.sampled_from("ABC"))))
def test_each_variable_is_put_in_once_and_nothing_else_moves(parts):
    """Also where a value looks like a variable itself."""
    variables = {"A": "${B}", "B": "", "C": "$$ $A"}
    written = "".join(f"${{{part}}}" if isinstance(part, str) else part[1] for part in parts)
    meant = "".join(variables[part] if isinstance(part, str) else part[0] for part in parts)

    assert filled(written, variables) == meant


def filled(text: str, variables: dict[str, str] | None = None) -> Any:
    written = json.dumps({"web": {"image": "nginx:1", "labels": {"said": text}}}, ensure_ascii=False)
    [web] = compose(written, "", variables).services
    return web.launch_config["labels"]["said"]
