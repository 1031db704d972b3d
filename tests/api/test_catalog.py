"""Environments, applications, running versions and who one is: only what one may see."""

from django.utils import timezone

from deploytickets.access import services as access
from deploytickets.catalog import services as catalog
from deploytickets.inventory.models import EnvironmentSurvey, RunningVersion
from deploytickets.tickets.transitions import Action
from tests.builders import SHELL, a_placement, a_server, an_application, an_environment, file_ticket, moved


def rows(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_environments_come_in_the_order_of_promotion_with_policy_and_lock(calls, a_person):
    prod, dev = an_environment("prod", position=3), an_environment("dev", position=1)
    catalog.lock(by=SHELL, name="prod", reason="Quarter's end")
    now = timezone.now()
    EnvironmentSurvey.objects.create(environment=dev, taken_at=now, away_since=now)
    person = a_person("developer", dev)
    access.grant(by=SHELL, username=person.username, role="viewer", environment="prod")

    first, second = rows(calls(person).get("/environments"))

    assert (first["name"], first["role"], first["lock"]) == ("dev", "developer", None)
    assert first["away_since"] == first["surveyed_at"] is not None
    assert (second["name"], second["role"]) == ("prod", "viewer")
    assert (second["lock"]["by"], second["lock"]["reason"]) == ("shell", "Quarter's end")
    assert second["policy"]["four_eyes"] is True
    assert prod.server.base_url not in str(second)


def test_many_environments_cost_no_more_queries_than_few(calls, a_person, django_assert_max_num_queries):
    server = a_server()
    dev, *_others = [an_environment(server=server) for _ in range(12)]
    person = a_person("viewer")
    access.grant(by=SHELL, username=person.username, role="ops", environment=dev.name)
    caller = calls(person)
    caller.get("/environments")

    with django_assert_max_num_queries(8):
        shown = rows(caller.get("/environments"))

    assert {row["role"] for row in shown if row["name"] != dev.name} == {"viewer"}
    assert [row["role"] for row in shown if row["name"] == dev.name] == ["ops"]


def test_applications_come_with_their_places_in_the_environments_one_sees(calls, a_person):
    prod, dev = an_environment("prod"), an_environment("dev")
    shop, hidden = an_application("shop", team="web"), an_application("hidden")
    a_placement(shop, prod)
    a_placement(shop, dev, answers={"PASSWORD": "canary"})
    a_placement(hidden, prod)

    (shown,) = rows(calls(a_person("viewer", dev)).get("/applications"))

    assert (shown["name"], shown["team"]) == ("shop", "web")
    assert [place["environment"] for place in shown["placements"]] == ["dev"]
    assert "canary" not in str(shown)


def test_running_versions_say_what_runs_where_and_which_ticket_brought_it(calls, anna):
    placement = a_placement(an_application("shop"), an_environment("prod"))
    ticket = moved(file_ticket(placement=placement), Action.REJECT)
    RunningVersion.objects.create(
        placement=placement, version="1.0.0", healthy=2, wanted=3, ticket=ticket, observed_at=timezone.now()
    )

    shown = calls(anna).get("/running").json()

    assert [column["environment"] for column in shown["environments"]] == ["prod"]
    (cell,) = shown["running"]
    assert (cell["application"], cell["environment"], cell["version"]) == ("shop", "prod", "1.0.0")
    assert (cell["healthy"], cell["wanted"], cell["brought_by"]) == (2, 3, ticket.key)


def test_running_versions_of_other_environments_are_not_shown(calls, a_person):
    a_placement(an_application("shop"), an_environment("prod"))
    person = a_person("ops", an_environment("dev"))

    shown = calls(person).get("/running").json()

    assert (shown["running"], [column["environment"] for column in shown["environments"]]) == ([], ["dev"])


def test_me_says_who_calls_with_which_roles_and_by_what(calls, browses, a_person):
    prod = an_environment("prod")
    person = a_person("ops", prod, name="tom")
    access.grant(by=SHELL, username="tom", role="viewer")

    by_token, by_session = calls(person, "read").get("/me").json(), browses(person).get("/me").json()

    assert (by_token["username"], by_token["name"]) == ("tom", "Tom")
    assert sorted(by_token["roles"], key=str) == sorted(
        [{"environment": None, "role": "viewer"}, {"environment": "prod", "role": "ops"}], key=str
    )
    assert by_token["token"]["scopes"] == ["read"]
    assert by_session["token"] is None


def test_a_parameter_that_means_nothing_is_refused(calls, anna):
    for path in ("/environments", "/applications", "/running", "/me", "/tokens", "/problems"):
        assert calls(anna).get(path, no_such="1").status_code == 422, path


def test_somebody_without_any_role_sees_nothing(calls, a_person):
    a_placement()
    caller = calls(a_person(None))

    assert (
        rows(caller.get("/environments"))
        == rows(caller.get("/applications"))
        == rows(caller.get("/tickets"))
        == []
    )
    assert caller.get("/running").json() == {"environments": [], "running": []}
