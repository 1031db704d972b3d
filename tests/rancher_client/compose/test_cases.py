"""The tables in cases/ (see the README there): compose texts, and what comes of each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from rancher_client.compose import ComposedService, ComposeError, VariableUnset, compose

CASES = Path(__file__).parent / "cases"
INTERPOLATION = "interpolation"
VARIABLES = {"A": "1", "EMPTY": "", "NEST": "${A}"}


def table(name: str) -> list[Any]:
    return yaml.safe_load((CASES / f"{name}.yml").read_text())


def cases() -> list[Any]:
    names = sorted(path.stem for path in CASES.glob("*.yml") if path.stem != INTERPOLATION)
    return [pytest.param(case, id=f"{name}: {case['case']}") for name in names for case in table(name)]


def created(service: ComposedService) -> dict[str, Any]:
    """What creates the service, with an id for whatever its balancer names."""
    balancer = service.load_balancer
    targets, certificates = (balancer.targets, balancer.certificate_names) if balancer else ((), ())
    fields = service.create_fields(service_ids=ids(targets), certificate_ids=ids(certificates))
    return {key: value for key, value in fields.items() if key not in ("name", "startOnCreate")}


def ids(names: Iterable[str]) -> dict[str, str]:
    return {name: f"id of {name}" for name in names}


@pytest.mark.parametrize("case", cases())
def test_the_texts_become_what_the_table_says(case):
    texts = (case["docker_compose"], case.get("rancher_compose", ""), case.get("environment", {}))
    if "error" in case:
        with pytest.raises(ComposeError) as caught:
            compose(*texts)
        assert (caught.value.file, caught.value.line) == (case["error"]["file"], case["error"]["line"])
        assert case["error"]["words"] in caught.value.text
        return

    services = {service.name: service for service in compose(*texts).services}

    assert {name: created(service) for name, service in services.items()} == case["services"]
    links = {name: dict(service.links) for name, service in services.items() if service.links}
    assert links == case.get("links", {})


def test_no_two_cases_say_the_same():
    said = [case.values[0]["case"] for case in cases()]

    assert len(said) == len(set(said))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["text"]) for case in table(INTERPOLATION)])
def test_a_dollar_becomes_what_the_table_says(case):
    text = f"web:\n  image: nginx:1\n  labels:\n    said: {yaml.safe_dump(case['text'], width=1000)}"
    if "result" in case:
        [web] = compose(text, "", VARIABLES).services
        assert web.launch_config["labels"] == {"said": case["result"]}
        return

    with pytest.raises(VariableUnset if "unset" in case else ComposeError) as caught:
        compose(text, "", VARIABLES)

    assert (caught.value.file, caught.value.line) == ("docker-compose.yml", 4)
    if "unset" in case:
        assert caught.value.variable == case["unset"]
    else:
        assert "in a form that Rancher does not know" in caught.value.text


@pytest.mark.parametrize("names", [{}, {"web": "1s1"}])
def test_a_name_of_which_no_id_is_given_is_told(names):
    case = next(case for case in table("load-balancers") if "certs" in case.get("rancher_compose", ""))
    [balancer] = compose(case["docker_compose"], case["rancher_compose"]).services

    with pytest.raises(ComposeError, match=r"There is no (service 'other/web'|certificate 'a\.test')"):
        balancer.create_fields(service_ids=names, certificate_ids=names)
