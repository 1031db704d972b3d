"""The settings: what an installation needs, from an empty database to a board."""

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from deploytickets import clock
from deploytickets.access.models import Grant, User
from deploytickets.access.roles import Role
from deploytickets.catalog.models import Application, Environment, Placement, RancherServer
from deploytickets.inventory import survey_json
from deploytickets.inventory.models import EnvironmentSurvey
from tests.builders import PASSWORD, an_application, an_environment
from tests.deployments.world import a_service, a_survey
from tests.web.conftest import HTMX

SECRET = "canary-secret-key"
SERVER = {"name": "rancher", "base_url": "http://127.0.0.1:1", "access_key": "ACCESS", "secret_key": SECRET}
POLICY = {
    "position": "2", "approvals_required": "2", "four_eyes": "on", "start": "by_hand", "ops_verifies": "on",
    "at_deadline": "ask", "approval_lasts_hours": "24",
}  # fmt: skip


@pytest.fixture
def admin(signed_in, a_person):
    return signed_in(a_person(Role.ADMIN, name="adam"))


def test_an_empty_installation_says_what_comes_first(admin):
    assert "Everything begins here" in admin.get("/settings/").content.decode()


def test_a_server_an_environment_an_application_and_a_placement_are_set_up(admin):
    admin.post("/settings/servers/new", SERVER)
    admin.post(
        "/settings/environments/new", {"name": "prod", "server": "rancher", "rancher_id": "1a5", **POLICY}
    )
    admin.post(
        "/settings/applications/new",
        {
            "name": "Shop",
            "team": "Storefront",
            "image_repository": "registry.abc.net/shop",
            "branch_pattern": r"^release/(?P<version>.+)$",
            "checklist": "Log in\n\nPay\n",
        },
    )
    admin.post(
        "/settings/placements/new",
        {
            "application": "Shop",
            "environment": "prod",
            "strategy": "service",
            "stack_name": "shop",
            "service_names": "web\nworker",
            "batch_size": "1",
            "interval_millis": "2000",
            "deadline_minutes": "30",
        },
    )

    placement = Placement.objects.get()
    assert (placement.application.checklist, placement.service_names) == (
        ["Log in", "Pay"],
        ["web", "worker"],
    )
    prod = placement.environment
    assert (prod.approvals_required, prod.start, prod.developer_verifies) == (2, "by_hand", False)
    assert "Shop" in admin.get("/").content.decode()


def test_a_secret_is_never_shown_again(admin):
    admin.post("/settings/servers/new", SERVER)

    for address in ("/settings/servers", "/settings/servers/rancher"):
        page = admin.get(address).content.decode()
        assert SECRET not in page
        assert "ACCESS" not in page


def test_a_refused_form_keeps_what_was_typed_but_not_the_secret(admin):
    answer = admin.post("/settings/servers/new", {**SERVER, "base_url": "no address"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="no address"' in page
    assert "Please give the whole address" in page
    assert SECRET not in page


def test_a_new_address_needs_the_key_again(admin):
    admin.post("/settings/servers/new", SERVER)

    answer = admin.post("/settings/servers/rancher", {"base_url": "http://127.0.0.1:2"})

    assert answer.status_code == 422
    assert "needs the access key and secret key again" in answer.content.decode()
    assert RancherServer.objects.get().base_url == "http://127.0.0.1:1"


def test_what_exists_already_is_refused_above_the_form(admin):
    admin.post("/settings/servers/new", SERVER)

    answer = admin.post("/settings/servers/new", SERVER)

    assert answer.status_code == 409
    assert "That exists already" in answer.content.decode()


def test_the_connection_test_says_what_is_wrong_and_saves_nothing(admin):
    answer = admin.post("/settings/servers/test", {**SERVER, "stored": ""}, headers=HTMX)

    page = answer.content.decode()
    assert "The connection does not work yet." in page
    assert "cannot be reached" in page
    assert SECRET not in page
    assert not RancherServer.objects.exists()


class _Listener(BaseHTTPRequestHandler):
    """Answers nothing useful and remembers which keys it was sent."""

    keys: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        self.keys.append(base64.b64decode(given).decode())
        self.send_error(404)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address at which somebody listens, and the keys that arrive there."""
    _Listener.keys.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Listener) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", _Listener.keys
        server.shutdown()
        thread.join()


def test_the_stored_key_is_sent_to_the_stored_address_and_to_no_other(admin, listener):
    address, keys = listener
    admin.post("/settings/servers/new", {**SERVER, "base_url": address})

    admin.post("/settings/servers/test", {"stored": "rancher", "base_url": address})
    assert set(keys) == {f"ACCESS:{SECRET}"}

    keys.clear()
    elsewhere = address.replace("127.0.0.1", "localhost")
    admin.post("/settings/servers/test", {"stored": "rancher", "base_url": elsewhere})
    assert not any(SECRET in key for key in keys)


def test_a_policy_is_changed_and_an_environment_locked(admin, db):
    an_environment("prod")

    admin.post("/settings/environments/prod", {**POLICY, "approvals_required": "3"})
    admin.post("/settings/environments/prod/lock", {"reason": "Year end"})
    page = admin.get("/settings/environments/prod").content.decode()

    prod = Environment.objects.get()
    assert (prod.approvals_required, prod.position, prod.is_locked) == (3, 2, True)
    assert "Year end" in page
    admin.post("/settings/environments/prod/unlock")
    assert not Environment.objects.get().is_locked


def test_a_lock_that_is_refused_keeps_its_reason(admin, signed_in, a_person):
    an_environment("prod")
    reason = {"reason": "Year end " * 40}

    answer = admin.post("/settings/environments/prod/lock", reason)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Please say why, in at most 300 characters." in page
    assert f'value="{reason["reason"]}"' in page
    assert 'action="/settings/environments/prod" novalidate' in page, "the policy is still saved as such"
    assert not Environment.objects.get().is_locked
    forbidden = signed_in(a_person(Role.OPS)).post("/settings/environments/prod/lock", reason)
    assert forbidden.status_code == 403
    assert "Year end" not in forbidden.content.decode()


def test_a_policy_that_makes_no_sense_is_refused_at_its_field(admin, db):
    an_environment("prod")

    answer = admin.post("/settings/environments/prod", {**POLICY, "approvals_required": "11"})

    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()


def seen_in(environment: Environment, *services) -> None:
    EnvironmentSurvey.objects.create(
        environment=environment, content=survey_json.as_json(a_survey(*services)), taken_at=clock.now()
    )


def test_what_rancher_runs_is_taken_over_by_ticking(admin, db):
    dev = an_environment("dev")
    seen_in(dev, a_service("web"), a_service("db"), a_service("scheduler", is_system=True))
    page = admin.get("/settings/placements/found/dev").content.decode()
    assert "shop/web" in page
    assert "scheduler" not in page

    admin.post(
        "/settings/placements/found/dev/take",
        {"take": ["shop/web"], "application-shop/web": "Shop", "team": "Storefront"},
    )

    application = Application.objects.get()
    assert (application.name, application.team, application.image_repository) == (
        "Shop", "Storefront", "registry.abc.net/shop",
    )  # fmt: skip
    placement = Placement.objects.get()
    assert (placement.stack_name, placement.service_names) == ("shop", ["web"])
    assert "shop/web" not in admin.get("/settings/placements/found/dev").content.decode()


def test_services_of_one_image_in_one_stack_are_taken_over_as_one_application(admin, db):
    dev = an_environment("dev")
    seen_in(dev, a_service("web"), a_service("worker"), a_service("cron"))

    first = admin.post("/settings/placements/found/dev/take", {
        "take": ["shop/web", "shop/worker"],
        "application-shop/web": "Shop", "application-shop/worker": "Shop",
    })  # fmt: skip
    second = admin.post("/settings/placements/found/dev/take", {"take": ["shop/cron"]})

    assert (first.status_code, second.status_code) == (302, 302)
    assert Application.objects.get().name == "Shop"
    assert Placement.objects.get().service_names == ["web", "worker", "cron"]


def test_what_cannot_be_taken_over_whole_is_not_taken_over_in_part(admin, db):
    dev = an_environment("dev")
    seen_in(dev, a_service("web"), a_service("db"))

    answer = admin.post("/settings/placements/found/dev/take", {
        "take": ["shop/db", "shop/web"],
        "application-shop/db": "Database", "application-shop/web": "no name!", "team": "Storefront",
    })  # fmt: skip

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Letters, digits, dots and dashes." in page
    assert page.count(" checked") == 2
    for typed in ("Database", "no name!", "Storefront"):
        assert f'value="{typed}"' in page
    assert not Application.objects.exists()
    assert not Placement.objects.exists()


def test_an_environment_that_is_not_there_is_said_to_be_missing_not_forbidden(admin, a_person):
    a_person(None, name="mei")

    pages = [admin.get(f"/settings/{path}") for path in ("environments/prdo", "placements/found/prdo")]
    granted = admin.post("/settings/people/mei/grant", {"role": "ops", "environment": "prdo"})
    locked = admin.post("/settings/environments/prdo/lock", {"reason": "x"})

    assert {answer.status_code for answer in (*pages, granted, locked)} == {404}
    assert "There is no environment “prdo”." in granted.content.decode()


def test_the_same_image_in_another_environment_is_the_same_application(admin, db):
    an_application("Shop", image_repository="registry.abc.net/shop")
    prod = an_environment("prod")
    seen_in(prod, a_service("web"))

    admin.post("/settings/placements/found/prod/take", {"take": ["shop/web"]})

    assert Application.objects.count() == 1
    assert Placement.objects.get().application.name == "Shop"


def test_a_person_is_made_and_given_roles(admin, anonymous, db):
    an_environment("prod")
    admin.post("/settings/people/new", {"username": "mei", "display_name": "陳美玲", "password": PASSWORD})

    admin.post("/settings/people/mei/grant", {"role": "developer", "environment": "prod"})
    admin.post("/settings/people/mei/grant", {"role": "viewer", "environment": ""})

    roles = Grant.objects.filter(user__username="mei").values_list("environment__name", "role")
    assert sorted(roles, key=str) == [("prod", "developer"), (None, "viewer")]
    assert anonymous.post("/sign-in", {"username": "mei", "password": PASSWORD}).status_code == 302
    assert "陳美玲" in admin.get("/settings/people").content.decode()


def test_a_role_is_taken_away(admin, a_person):
    a_person(Role.OPS, name="otto")

    admin.post("/settings/people/otto/revoke", {"environment": ""})

    assert not Grant.objects.filter(user__username="otto").exists()


def test_the_last_administrator_stays_one_and_is_told_why(admin):
    answer = admin.post("/settings/people/adam/revoke", {"environment": ""})

    assert answer.status_code == 409
    assert "is the last administrator" in answer.content.decode()


def test_a_disabled_person_is_out_at_once(admin, signed_in, a_person):
    otto = a_person(Role.OPS, name="otto")
    browser = signed_in(otto)
    assert browser.get("/").status_code == 200

    admin.post("/settings/people/otto/disable")

    assert browser.get("/").status_code == 302
    assert not User.objects.get(username="otto").is_active
    admin.post("/settings/people/otto/enable")
    assert User.objects.get(username="otto").is_active


def test_a_session_of_a_disabled_person_stays_ended_when_the_account_is_enabled_again(
    admin, signed_in, a_person
):
    browser = signed_in(a_person(name="otto"))

    admin.post("/settings/people/otto/disable")
    admin.post("/settings/people/otto/enable")

    assert browser.get("/").status_code == 302
    assert admin.get("/").status_code == 200


def test_somebody_who_forgot_gets_a_new_password(admin, anonymous, a_person):
    a_person(Role.OPS, name="otto")

    admin.post("/settings/people/otto/password", {"password": "another correct horse battery"})

    fields = {"username": "otto", "password": "another correct horse battery"}
    assert anonymous.post("/sign-in", fields).status_code == 302


@pytest.mark.parametrize(
    "address", ["servers/x", "environments/x", "applications/x", "placements/x/y", "people/x"]
)
def test_what_does_not_exist_is_refused(admin, address):
    assert admin.get(f"/settings/{address}").status_code in (403, 404)
