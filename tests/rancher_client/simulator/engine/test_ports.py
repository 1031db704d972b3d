"""Published ports: how they are read, when two collide, which numbers are chosen (4.2, 7.4)."""

from __future__ import annotations

from random import Random

import pytest

from rancher_client.simulator.engine import Refused
from rancher_client.simulator.engine.ports import RANDOM_PORTS, Port, chosen, kept, own, parse

from .lab import OLD, Lab


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("80:80", "80:81", True),
        ("80:80", "81:80", False),
        ("80:80", "80:80/udp", False),
        ("10.0.0.5:80:80", "10.0.0.5:80:81", True),
        ("10.0.0.5:80:80", "10.0.0.6:80:80", False),
        ("10.0.0.5:80:80", "80:80", True),
        ("80", "80", False),
    ],
)
def test_two_ports_collide_by_number_protocol_and_address(one: str, other: str, collide: bool) -> None:
    assert parse(one).collides(parse(other)) is collide
    assert parse(other).collides(parse(one)) is collide


@pytest.mark.parametrize("spec", ["a:80", "80:a", "1:2:3:4", "", "8000-8010:80", "1.2]:80:80"])
def test_what_is_no_port_is_refused(spec: str) -> None:
    assert refusal(spec) == "PortWrongFormat"


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("0:80", "PortInvalidPublicPort"),
        ("65536:80", "PortInvalidPublicPort"),
        ("80:0", "PortInvalidPrivatePort"),
        ("65536/TCP", "PortInvalidPrivatePort"),
        ("80:80/TCP", "PortInvalidProtocol"),
        ("80/", "PortInvalidProtocol"),
    ],
)
def test_a_port_out_of_its_range_and_another_protocol_are_refused_in_that_order(spec: str, code: str) -> None:
    assert refusal(spec) == code


def refusal(spec: str) -> str:
    with pytest.raises(Refused) as refused:
        parse(spec)
    return refused.value.code


@pytest.mark.parametrize(
    ("spec", "read"),
    [
        ("127.0.0.1:8080:80", Port(80, 8080, "127.0.0.1", "tcp")),
        ("127.0.0.1::80/udp", Port(80, None, "127.0.0.1", "udp")),
        ("[::1]:8080:80", Port(80, 8080, "::1", "tcp")),
    ],
)
def test_an_address_of_the_host_stands_before_the_ports(spec: str, read: Port) -> None:
    assert parse(spec) == read


def test_a_new_load_balancer_publishes_a_port_without_a_public_one_as_itself() -> None:
    assert own(["8060", "8061:80", "8062/udp"]) == ["8060:8060/tcp", "8061:80/tcp", "8062:8062/udp"]


def test_a_random_number_is_one_that_nobody_holds() -> None:
    free = set(RANDOM_PORTS[:2])

    ports = chosen(["80", "81/udp"], taken=set(RANDOM_PORTS) - free, random=Random(1))

    assert {parse(port).public for port in ports} == free


@pytest.mark.parametrize(
    ("former", "sent", "stored"),
    [
        (["8101:80/tcp"], ["8102:80"], ["8102:80"]),
        (None, ["8102:80"], ["8102:80"]),
        (["50001:90/tcp"], ["90"], ["50001:90/tcp"]),
        (["8101:80/tcp", "50001:90/tcp"], ["8102:80", "90"], ["8102:80/tcp", "50001:90/tcp"]),
        (["8101:80/tcp"], ["90"], ["90"]),
    ],
)
def test_an_upgrade_writes_ports_anew_only_where_a_random_one_keeps_its_number(
    former: list[str] | None, sent: list[str], stored: list[str]
) -> None:
    assert kept(sent, former=former) == stored


@pytest.mark.parametrize(("asked", "shown"), [(None, None), ([], []), (["80:80"], ["80:80/tcp"])])
def test_a_container_of_a_service_shows_the_ports_of_its_config(
    lab: Lab, asked: list[str] | None, shown: list[str] | None
) -> None:
    web = lab.service(ports=asked)

    assert [view["ports"] for view in lab.containers(web)] == [shown]


def test_a_container_of_nobody_shows_its_ports_as_they_were_asked_for(lab: Lab) -> None:
    body = {"name": "alone", "imageUuid": OLD, "ports": ["80"], "startOnCreate": True}
    number = lab.engine.create("container", body, project=lab.project)
    lab.wait(20)

    assert (lab.container(number)["state"], lab.container(number)["ports"]) == ("running", ["80"])
