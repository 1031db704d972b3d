"""An admin's connection test finds out what is wrong, and shows no key."""

import pytest

from deploytickets.drivers import access_check
from rancher_client.simulator.server import Effect, SimulatorServer
from tests.workshop import Workshop

SECRET = "canary-secret-key"


def _asked(rancher: Workshop, **fields: str) -> access_check.Connection:
    typed = {
        "base_url": rancher.server.url,
        "access_key": rancher.access_key,
        "secret_key": rancher.secret_key,
    }
    return access_check.check(**(typed | fields))


def test_a_good_key_is_told_its_projects_and_what_it_may_do(rancher: Workshop) -> None:
    found = _asked(rancher)

    assert found.is_good
    assert found.rancher_version.startswith("v1.6")
    assert [(project.rancher_id, project.name, project.missing) for project in found.projects] == [
        (rancher.project, "prod", ())
    ]


@pytest.mark.parametrize("access_control", [True, False])
def test_a_wrong_key_is_refused_with_access_control_on_and_off(access_control: bool) -> None:
    with SimulatorServer(speed=0, access_control=access_control) as server:
        found = access_check.check(base_url=server.url, access_key="AAAA", secret_key=SECRET)

    assert not found.is_good
    assert found.reason is not None
    assert found.reason["code"] == "key-refused"
    assert SECRET not in repr(found)


def test_a_login_page_is_told_from_a_rancher(rancher: Workshop) -> None:
    rancher.server.faults.order(Effect.GARBAGE, garbage="login_page", times=5)

    found = _asked(rancher)

    assert found.reason is not None
    assert found.reason["code"] == "unusable"
    assert found.problem.startswith("Something answers at this address")


def test_a_port_where_nobody_listens_is_unreachable(rancher: Workshop) -> None:
    found = _asked(rancher, base_url="http://127.0.0.1:9")

    assert found.reason is not None
    assert found.reason["code"] == "unreachable"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "address"),
        ("ftp://rancher.abc.net", "address"),
        ("http://key:secret@127.0.0.1:1", "address"),
        ("http://169.254.169.254/latest/meta-data", "address-forbidden"),
        ("http://[::ffff:169.254.169.254]", "address-forbidden"),
        ("http://0.0.0.0", "address-forbidden"),
        ("http://name.invalid", "name-unknown"),
    ],
)
def test_an_address_that_leads_to_no_rancher_is_not_asked(address: str, code: str) -> None:
    found = access_check.check(base_url=address, access_key="AAAA", secret_key=SECRET)

    assert found.reason == {"code": code}
    assert SECRET not in repr(found)


def test_a_key_that_a_server_echoes_is_taken_out() -> None:
    found = access_check._bad({"code": "refused", "text": f"no such key {SECRET}"}, "AAAA", SECRET)

    assert SECRET not in repr(found)
    assert found.problem == f"Rancher refuses: no such key {access_check.HIDDEN}"
