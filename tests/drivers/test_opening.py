"""From a stored environment to a driver."""

from dataclasses import replace

import pytest

from deploytickets import drivers
from deploytickets.catalog.models import Environment, RancherServer
from deploytickets.drivers.errors import RancherError
from deploytickets.drivers.opening import session_of
from tests.workshop import Workshop


def _server(rancher: Workshop, **fields: str) -> RancherServer:
    key = {"access_key": rancher.access_key, "secret_key": rancher.secret_key}
    return RancherServer(base_url=fields.pop("base_url", rancher.server.url), credentials=key, **fields)


def test_an_environment_is_a_project_of_its_server(rancher: Workshop) -> None:
    rancher.service("web")

    driver = drivers.open_for(Environment(server=_server(rancher), rancher_id=rancher.project))

    assert [service.name for service in driver.services()] == ["web"]


def test_the_projects_that_a_key_reaches_are_listed(rancher: Workshop) -> None:
    found = drivers.projects_of(_server(rancher))

    assert [(project.rancher_id, project.name) for project in found] == [(rancher.project, "prod")]


def test_a_session_is_kept_for_its_connections_until_the_key_changes(rancher: Workshop) -> None:
    first = session_of(_server(rancher))

    assert session_of(_server(rancher)) is first
    assert session_of(_server(replace(rancher, secret_key="another"))) is not first


def test_a_key_that_was_changed_is_used_at_once(rancher: Workshop) -> None:
    environment = Environment(server=_server(rancher), rancher_id=rancher.project)
    drivers.open_for(environment).services()

    environment.server.credentials = {"access_key": rancher.access_key, "secret_key": "wrong"}

    with pytest.raises(RancherError):
        drivers.open_for(environment).services()


def test_a_ca_bundle_replaces_the_usual_authorities(rancher: Workshop) -> None:
    session = session_of(_server(rancher, ca_bundle="-----BEGIN CERTIFICATE-----\nAAAA\n"))

    assert session.ca_bundle is not None
    with open(session.ca_bundle) as file:
        assert file.read() == "-----BEGIN CERTIFICATE-----\nAAAA\n"


def test_neither_session_nor_driver_shows_its_key(rancher: Workshop) -> None:
    session = session_of(_server(rancher))

    driver = drivers.open_for(Environment(server=_server(rancher), rancher_id=rancher.project))

    assert rancher.secret_key not in f"{session!r} {driver!r}"
