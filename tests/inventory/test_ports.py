"""Who holds which host port."""

import pytest

from deploytickets.inventory.ports import HostPort, host_ports


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("8080:80/tcp", HostPort(8080)),
        ("8080:80", HostPort(8080)),
        ("53:53/udp", HostPort(53, "udp")),
        ("10.0.0.5:8080:80/tcp", HostPort(8080, "tcp", "10.0.0.5")),
        ("0.0.0.0:8080:80/tcp", HostPort(8080)),
    ],
)
def test_a_published_port_is_read(published: str, expected: HostPort) -> None:
    assert host_ports([published]) == (expected,)


@pytest.mark.parametrize("published", ["80", "80/tcp", "", "nonsense", "a:b"])
def test_what_publishes_no_host_port_holds_none(published: str) -> None:
    assert host_ports([published]) == ()


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        (HostPort(80), HostPort(80), True),
        (HostPort(80), HostPort(80, "udp"), False),
        (HostPort(80), HostPort(81), False),
        (HostPort(80, "tcp", "10.0.0.5"), HostPort(80), True),
        (HostPort(80, "tcp", "10.0.0.5"), HostPort(80, "tcp", "10.0.0.6"), False),
    ],
)
def test_ports_collide_on_the_same_address_and_protocol(
    one: HostPort, other: HostPort, collide: bool
) -> None:
    assert one.collides_with(other) is collide
    assert other.collides_with(one) is collide
