"""What the files ask for beyond the recorded table: our own rules, and where the errors point."""

from __future__ import annotations

import pytest

from rancher_client.cattle.bodies import service_body
from rancher_client.compose import ComposeError, VariableUnset, compose

STORY = """\
version: '2'
services:
  java-service-1:
    image: registry.abc.net/java-service-1:${VERSION}
    ports:
    - "8080:8080"
    environment:
      JAVA_OPTS: -Xmx512m
      PRICE: $$5
"""


def test_the_files_of_the_story():
    extras = "version: '2'\nservices:\n  java-service-1:\n    scale: 3\n"

    [service] = compose(STORY, extras, {"VERSION": "1.0.1"}).services

    assert service.create_fields() == {
        "type": "service",
        "name": "java-service-1",
        "scale": 3,
        "startOnCreate": True,
        "launchConfig": {
            "imageUuid": "docker:registry.abc.net/java-service-1:1.0.1",
            "ports": ["8080:8080/tcp"],
            "environment": {"JAVA_OPTS": "-Xmx512m", "PRICE": "$5"},
        },
    }


def test_an_unset_variable_is_named_with_its_file_and_line():
    with pytest.raises(VariableUnset) as caught:
        compose(STORY)

    assert caught.value.variable == "VERSION"
    assert str(caught.value).startswith("docker-compose.yml, line 4: The variable VERSION has no value")


@pytest.mark.parametrize(
    "place", ["${VERSION:-1}", "${VERSION-x}", "${VERSION?no}", "${VERSION", "${}", "a$"]
)
def test_other_forms_of_a_dollar_are_refused_with_their_line(place):
    text = f"version: '2'\nservices:\n  web:\n    image: 'shop:{place}'\n"

    with pytest.raises(ComposeError, match=r"line 4: .*form that Rancher does not know"):
        compose(text, "", {"VERSION": "1"})


def test_a_value_is_never_filled_in_twice():
    text = "version: '2'\nservices:\n  web:\n    image: shop:1\n    environment: {A: $A}\n"

    [service] = compose(text, "", {"A": "${B}", "B": "no"}).services

    assert service.launch_config["environment"] == {"A": "${B}"}


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("build: .", 5),
        ("env_file: .env", 5),
        ("extends: {file: ../../etc/passwd, service: x}", 5),
        ("secrets: [password]", 5),
        ("imagee: x", 5),
        ("mem_limit: lots", 5),
        ("ports: ['3000-3002:80']", 5),
        ("ports: ['99999:80']", 5),
        ("volumes_from: [other]", 5),
        ("links: [other]", 5),
        ("network_mode: container:other", 5),
        ("labels: {a: null}", 5),
        ("labels: {io.rancher.sidekicks: web}", 5),
    ],
)
def test_a_key_that_cannot_be_followed_is_refused_with_its_line(key, line):
    with pytest.raises(ComposeError) as caught:
        compose(f"version: '2'\nservices:\n  web:\n    image: shop:1\n    {key}\n")

    assert (caught.value.file, caught.value.line) == ("docker-compose.yml", line)


@pytest.mark.parametrize("image", ["", "'shop:'", "'a b'"])
def test_an_image_that_nothing_could_be_pulled_by_is_refused(image):
    with pytest.raises(ComposeError, match=r"needs an image|'image' of service 'web' must have a value"):
        compose(f"version: '2'\nservices:\n  web:\n    image: {image}\n")


def test_errors_of_the_second_file_name_the_second_file():
    with pytest.raises(ComposeError) as caught:
        compose("web:\n  image: shop:1\n", "web:\n  scale: 2\n  scalee: 2\n")

    assert (caught.value.file, caught.value.line) == ("rancher-compose.yml", 3)


def test_services_come_after_those_they_link_to():
    text = "version: '2'\nservices:\n" + "".join(
        f"  {name}:\n    image: i:1\n{links}"
        for name, links in [("web", "    links: [api]\n"), ("api", "    links: [db:data]\n"), ("db", "")]
    )

    composition = compose(text)

    assert [service.name for service in composition.services] == ["db", "api", "web"]
    assert composition.services[1].links == {"data": "db"}


def test_what_rancher_drops_silently_is_told():
    text = "web:\n  image: shop:1\n  restart: always\n  container_name: x\n"

    assert compose(text).services[0].ignored == ("container_name", "restart")


def test_start_first_is_read_from_the_upgrade_strategy():
    extras = "web:\n  upgrade_strategy:\n    start_first: true\n"

    assert compose("web:\n  image: shop:1\n", extras).services[0].start_first is True
    assert compose("web:\n  image: shop:1\n").services[0].start_first is False


def test_variables_of_a_service_are_not_shown_by_its_repr():
    [service] = compose("web:\n  image: shop:1\n  environment: {PASSWORD: s3cret}\n").services

    assert "s3cret" not in repr(service)


def test_what_is_composed_is_taken_by_the_check_before_sending():
    text = "web:\n  image: shop:1\n  labels: {io.rancher.sidekicks: logs}\nlogs:\n  image: logs:1\n"
    [service] = compose(text).services

    assert service_body(service.create_fields(), stack_id="1st1")["stackId"] == "1st1"


def test_named_volumes_keep_their_drivers_options():
    text = "version: '2'\nservices: {}\nvolumes:\n  store:\n    driver: nfs\n    driver_opts: {share: /x}\n"

    [volume] = compose(text).volume_templates

    assert (volume.driver, volume.driver_options) == ("nfs", {"share": "/x"})


@pytest.mark.parametrize("options", ["{size: 5g}", "[x]", "{external: {name: other}}", "{driver: [x]}"])
def test_a_volume_that_cannot_be_followed_is_refused_with_its_line(options):
    with pytest.raises(ComposeError) as caught:
        compose(f"version: '2'\nservices: {{}}\nvolumes:\n  store: {options}\n")

    assert caught.value.line == 4


@pytest.mark.parametrize(
    ("docker", "rancher", "file"),
    [
        ("services:\n  web: {image: 'shop:1'}\n", "", "docker-compose.yml"),
        ("web: {image: 'shop:1'}\n", "\nservices:\n  web: {scale: 2}\n", "rancher-compose.yml"),
    ],
)
def test_a_forgotten_version_is_told(docker, rancher, file):
    with pytest.raises(ComposeError, match="needs \"version: '2'\"") as caught:
        compose(docker, rancher)

    assert caught.value.file == file


def test_a_section_that_rancher_drops_has_its_variables_too():
    text = "version: '2'\nservices: {}\nnetworks:\n  front: {driver: $DRIVER}\n"

    with pytest.raises(VariableUnset, match="line 4"):
        compose(text)


def test_a_long_chain_of_links_is_followed_to_its_end():
    count = 3000
    links = "".join(f"s{number}: {{image: i, links: [s{number + 1}]}}\n" for number in range(count))

    services = compose(f"{links}s{count}: {{image: i}}\n").services

    assert [service.name for service in services] == [f"s{number}" for number in range(count, -1, -1)]


def test_services_that_link_in_a_circle_come_once_each():
    text = "a: {image: i, links: [b]}\nb: {image: i, links: [c]}\nc: {image: i, links: [a, b]}\n"

    assert [service.name for service in compose(text).services] == ["c", "b", "a"]


@pytest.mark.parametrize(
    "service",
    [
        "{image: rancher/load-balancer-service, ports: %(ports)s, links: %(links)s}",
        "{image: rancher/load-balancer-service, ports: ['1', '2'], links: [s1, s2],"
        " labels: {io.rancher.loadbalancer.target.s1: '%(label)s'}}",
    ],
)
def test_rules_that_multiply_are_refused(service):
    ports = [str(number) for number in range(100, 1100)]
    names = [f"s{number}" for number in range(1000)]
    filled = service % {"ports": ports, "links": names, "label": ",".join(["a.test"] * 20_000)}
    text = f"lb: {filled}\n" + "".join(f"{name}: {{image: i}}\n" for name in names)

    with pytest.raises(ComposeError, match="more than 10000 rules"):
        compose(text)


def test_a_long_value_that_is_put_in_often_is_refused():
    text = "web:\n  image: shop:1\n  hostname: '" + "$A" * 100_000 + "'\n"

    with pytest.raises(ComposeError, match=r"line 3: .* too long"):
        compose(text, "", {"A": "x" * 1_000_000})


@pytest.mark.parametrize(
    "text", ["'%s': {image: 'shop:1'}", "web: {image: 'shop:1', %s: 1}", "web: {image: i, tty: %s}"]
)
def test_an_error_about_a_long_name_or_value_is_no_long_sentence(text):
    with pytest.raises(ComposeError) as caught:
        compose(text % ("x" * 500_000))

    assert len(str(caught.value)) < 1000
    assert caught.value.text.endswith(".")
