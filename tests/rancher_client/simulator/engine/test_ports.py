"""Published ports: how they are read, when two collide, which numbers are chosen (4.2, 7.4)."""

from __future__ import annotations

from random import Random

import pytest

from rancher_client.simulator.engine import Refused
from rancher_client.simulator.engine.ports import RANDOM_PORTS, chosen, kept, parse

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


@pytest.mark.parametrize("spec", ["a:80", "80:a", "1:2:3:4", "", "8000-8010:80"])
def test_what_is_no_port_is_refused(spec: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(spec)

    assert refused.value.code == "PortWrongFormat"


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
