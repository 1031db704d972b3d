"""Who a key is (rancher-1.6-api.md 1.3, 7.2, 11)."""

from __future__ import annotations

import pytest

from rancher_client.cattle import access, hosts, projects

from .waiting import wait_for


def test_an_environment_key_is_known_as_such_and_may_deploy(target, rancher):
    found = access.check_key(rancher)

    assert found.kind == "project"
    assert found.project is not None
    assert (found.project.id, found.project.state) == (target.project, "active")
    assert found.missing == frozenset()


@pytest.mark.trap("32")
def test_an_environment_key_sees_its_own_project_only(target, rancher):
    assert [project.id for project in projects.read_all(rancher)] == [target.project]


def test_hosts_can_be_read(rancher, host_ids):
    assert {host.id for host in hosts.read_all(rancher)} >= set(host_ids)
    assert hosts.get(rancher, host_ids[0]).state == "active"


@pytest.mark.trap("75")
def test_a_registration_token_gets_its_command_a_moment_later(rancher, target, wire):
    made = hosts.create_registration_token(rancher)

    token = wait_for(lambda: hosts.registration_token(rancher, made.id), lambda seen: seen.state == "active")

    assert token.image
    assert token.registration_url
    assert token.registration_url in (token.command or "")
    below_v2 = wire("GET", f"registrationtokens/{made.id}").json()["registrationUrl"]
    assert f"/v2-beta/projects/{target.project}/scripts/" in below_v2
    assert f"/v1/projects/{target.project}/scripts/" in token.registration_url
    wire("POST", f"registrationtokens/{made.id}/?action=deactivate")
    wait_for(lambda: hosts.registration_token(rancher, made.id), lambda seen: seen.state == "inactive")
    assert wire("POST", f"registrationtokens/{made.id}/?action=remove").status_code == 202
