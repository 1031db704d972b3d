"""How lightly the executor takes compose texts, and in what words it refuses them (10.4, 10.6).

What it makes of whole texts is held against a real one in `server/test_recorded_compose_texts.py`.
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.executor import ExecutorEnded, Refusal, Wanted, WantedService, read

HEADER = "version: '2'\nservices:\n"


def reading(docker: str, rancher: str = "", **answers: str) -> Wanted:
    return read(docker, rancher, stored=answers, given={}, stack="shop", environment="Default")


def web(text: str, rancher: str = "", **answers: str) -> WantedService:
    wanted = reading(f"{HEADER}  web:\n    image: x:1\n{text}", rancher, **answers)
    return next(service for service in wanted.services if service.name == "web")


def refusal(text: str, rancher: str = "") -> str:
    with pytest.raises(Refusal) as caught:
        reading(text, rancher)
    return caught.value.text


# Variables.


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("${A}", "1"),
        ("$A", "1"),
        ("$$A", "$A"),
        ("${B}", ""),
        ("x${B}y", "xy"),
        ("$A$A", "11"),
        ("plain", "plain"),
    ],
)
def test_variables_are_filled_in_and_unset_ones_are_empty(written: str, becomes: str) -> None:
    assert web(f"    user: 'u{written}'\n", A="1").launch_config["user"] == f"u{becomes}"


@pytest.mark.parametrize("written", ["${A:-x}", "${A", "$", "${}", "$-"])
def test_other_forms_of_the_dollar_are_refused_with_key_and_text(written: str) -> None:
    text = f"{HEADER}  web:\n    user: 'u{written}'\n"
    assert refusal(text) == f'Invalid interpolation format for key "user": "u{written}"'


def test_keys_are_not_filled_in() -> None:
    assert web("    environment: {'${A}': '${A}'}\n", A="1").launch_config["environment"] == {"${A}": "1"}


def test_answers_given_with_an_upgrade_win_over_stored_ones_and_those_over_defaults() -> None:
    rancher = "version: '2'\ncatalog:\n  questions:\n" + "".join(
        f"  - {{variable: {n}, default: d}}\n" for n in "ABC"
    )

    wanted = read(
        "a: {image: 'x:1'}",
        rancher,
        stored={"A": "s", "B": "s"},
        given={"A": "g"},
        stack="s",
        environment="e",
    )

    assert wanted.variables == {"A": "g", "B": "s", "C": "d"}


# YAML.


@pytest.mark.parametrize("key", ["n", "y", "on", "No", "5"])
def test_a_key_below_a_services_keys_that_is_no_text_ends_the_executor(key: str) -> None:
    with pytest.raises(ExecutorEnded):
        reading(f"{HEADER}  web:\n    image: x\n    metadata:\n      deep: [{{{key}: 1}}]\n")


@pytest.mark.parametrize("key", ["'n'", "'5'", "name"])
def test_a_quoted_key_does_not(key: str) -> None:
    assert reading(f"{HEADER}  web:\n    image: x\n    metadata: {{{key}: 1}}\n").services


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("yes", "true"),
        ("off", "false"),
        ("010", "8"),
        ("1.50", "1.5"),
        ("0x10", "16"),
        ("1_000", "1000"),
        ("22:22", "22:22"),
        ("'010'", "010"),
    ],
)
def test_values_mean_what_the_executors_library_takes_them_for(written: str, becomes: str) -> None:
    assert web(f"    labels: {{a: {written}}}\n").launch_config["labels"]["a"] == becomes


def test_of_two_services_of_one_name_the_last_one_counts() -> None:
    wanted = reading("a: {image: 'x:1'}\na: {image: 'x:2'}\n")
    assert [service.launch_config["imageUuid"] for service in wanted.services] == ["docker:x:2"]


def test_a_service_that_is_no_mapping_is_named_by_its_line() -> None:
    assert refusal("a:\n  image: x\nb: hello there\n") == (
        "yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `hello t...` into config.RawService"
    )


# Checks.


def test_every_error_of_a_file_has_a_line() -> None:
    text = refusal(f"{HEADER}  a: {{image: x, tty: 'yes please', links: [5]}}\n  b: {{image: 5}}\n")
    assert text.split("\n") == [
        "Service 'a' configuration key '0' contains an invalid type, it should be a string.",
        "Service 'a' configuration key 'tty' contains an invalid type, it should be a boolean.",
        "Service 'b' configuration key 'image' contains an invalid type, it should be a string.",
    ]


@pytest.mark.parametrize(
    ("key", "hint"),
    [("port", " (did you mean 'ports'?)"), ("workdir", " (did you mean 'working_dir'?)"), ("sclae", "")],
)
def test_an_unknown_key_comes_with_what_may_be_meant(key: str, hint: str) -> None:
    assert refusal(f"a: {{image: x, {key}: 1}}") == f"Unsupported config option for a service: '{key}'{hint}"


@pytest.mark.parametrize(
    ("key", "version_1", "version_2"),
    [
        ("net: host", True, False),
        ("log_driver: x", True, False),
        ("network_mode: host", False, True),
        ("depends_on: [a]", False, True),
    ],
)
def test_keys_belong_to_a_version(key: str, version_1: bool, version_2: bool) -> None:
    assert _is_taken(f"a:\n  image: x\n  {key}\n") == version_1
    assert _is_taken(f"{HEADER}  a:\n    image: x\n    {key}\n") == version_2


def _is_taken(text: str) -> bool:
    try:
        return bool(reading(text).services)
    except Refusal:
        return False


@pytest.mark.parametrize(
    "port", ["80", "8080:80/udp", "3000-3002:80", "3000-3002:80-82", "127.0.0.1::80", "80/TCP", "0:80"]
)
def test_ports_of_a_form_that_docker_knows_pass_the_check(port: str) -> None:
    assert web(f"    ports: ['{port}']\n").launch_config["ports"] == [port]


@pytest.mark.parametrize(
    "port",
    ["x:80", "3000-3002:80-81", "80:", "82-80", "65536", "80/sctp", "80/", "999.0.0.1:80:80", "[::1]:80:80"],
)
def test_others_do_not(port: str) -> None:
    text = refusal(f"a: {{image: x, ports: ['{port}']}}")
    assert text == "Service 'a' configuration key 0 value Does not match format 'ports'"


# Both files.


def test_the_second_file_is_laid_over_the_first() -> None:
    first = "a: {image: 'x:1', environment: [A=1, B=1], labels: {l: '1'}, ports: ['80']}"
    second = "a: {image: 'x:2', environment: {B: 2}, labels: {m: '2'}, ports: ['81'], scale: 3}"

    service = reading(first, second).services[0]

    config = service.launch_config
    assert (config["imageUuid"], config["environment"]) == ("docker:x:2", {"A": "1", "B": "2"})
    assert (config["labels"]["l"], config["labels"]["m"]) == ("1", "2")
    assert (config["ports"], service.fields["scale"]) == (["80", "81"], 3)


def test_a_service_extends_another_one_of_its_file() -> None:
    wanted = reading("a: {image: x, user: u}\nb: {extends: {service: a}, tty: true}\n")

    config = next(service for service in wanted.services if service.name == "b").launch_config
    assert (config["imageUuid"], config["user"], config["tty"]) == ("docker:x", "u", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("b: {extends: {service: a}}", "Failed to find service a to extend"),
        ("b: {extends: {service: a, file: c.yml}}", "open /c.yml: no such file or directory"),
        (
            "a: {image: x, links: [c]}\nb: {extends: {service: a}}\nc: {image: x}",
            "Cannot extend service 'a' in : services with 'links' cannot be extended",
        ),
        ("a: {image: x, links: [b]}", "Service 'a' has a link to service 'b' which is undefined"),
        ("a: {image: x, scale: many}", 'strconv.ParseInt: parsing "many": invalid syntax'),
        ("a: {image: x, mem_limit: lots}", "invalid size: 'lots'"),
        ("a: {image: x, sysctls: {k: 5}}", "Cannot unmarshal '5' of type int into a string value"),
        ("a: {image: x, extends: b}", "Failed to unmarshal MaporSlice"),
        (
            "a: {image: x, upgrade_strategy: {start_first: 'yes'}}",
            "yaml: unmarshal errors:\n  line 4: cannot unmarshal !!str `yes` into bool",
        ),
        (
            "a: {extra_hosts: {b: c}, image: x}",
            "yaml: unmarshal errors:\n  line 3: cannot unmarshal !!map into []string",
        ),
        (
            "a: {image: x, oom_score_adj: -2000}",
            "Service 'a' configuration key oom_score_adj value Must be greater than %!m(MISSING)in%!(NOVERB)",
        ),
    ],
)
def test_these_are_refused_in_the_executors_words(text: str, words: str) -> None:
    assert refusal(text) == words


# Order.


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "a: {image: x, links: ['b:alias', c]}\nb: {image: x}\nc: {image: x}",
            {"a": ["b", "c"], "b": [], "c": []},
        ),
        ("a: {image: x, links: [b]}\nb: {image: x, links: [a]}", {"a": ["b"], "b": []}),
        ("a: {image: x, links: [a]}", {"a": []}),
        ("a: {image: x, depends_on: [b]}\nb: {image: x}", None),
    ],
)
def test_links_order_the_turns_and_circles_are_cut(text: str, after: dict[str, Any] | None) -> None:
    text = text if after is not None else HEADER + "".join(f"  {line}\n" for line in text.split("\n"))
    expected = after or {"a": [], "b": []}
    assert {service.name: service.after for service in reading(text).services} == expected


def test_a_link_to_a_sidekick_waits_for_the_service_it_belongs_to() -> None:
    text = (
        "a: {image: x, links: [log]}\nb: {image: x, labels: {io.rancher.sidekicks: log}}\nlog: {image: x}\n"
    )
    assert {service.name: service.after for service in reading(text).services} == {"a": ["b"], "b": []}


# Hashes.


def test_scale_links_and_selectors_do_not_change_the_hashes() -> None:
    plain = "a: {image: x}\nb: {image: x}\n"
    other = "a: {image: x, scale: 4, links: [b]}\nb: {image: x}\n"
    assert reading(plain).services[0].hashes == reading(other).services[0].hashes


@pytest.mark.parametrize(
    ("rancher", "parts"),
    [
        ("a: {metadata: {k: v}}", {"service"}),
        ("a: {retain_ip: true}", {"service"}),
        ("a: {user: root}", {"primary"}),
        ("a: {health_check: {port: 80}}", {"primary"}),
        ("log: {user: root}", {"sidekicks"}),
        ("a: {upgrade_strategy: {start_first: true}}", set()),
    ],
)
def test_each_part_has_a_hash_of_its_own(rancher: str, parts: set[str]) -> None:
    docker = "a: {image: x, labels: {io.rancher.sidekicks: log}}\nlog: {image: x}\n"
    before, after = reading(docker).services[0].hashes, reading(docker, rancher).services[0].hashes
    names = ("service", "primary", "sidekicks")
    assert {name for name in names if getattr(before, name) != getattr(after, name)} == parts


def test_a_wanted_service_comes_back_as_it_was_saved() -> None:
    service = reading("a: {image: x, links: ['b:alias']}\nb: {image: x}").services[0]
    assert WantedService.restored(service.saved()) == service
