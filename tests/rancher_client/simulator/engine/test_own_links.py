"""Links that the server makes by itself: by selectors, and by the rules of load balancers.

cattle: SelectorServiceCreatePostListener.java, LoadBalancerServiceCreatePostListener.java
"""

from __future__ import annotations

from typing import Any

import pytest

from rancher_client.simulator.engine import Engine, Ref

from .lab import OLD, Lab

WEB = {"role": "web"}


def links(lab: Lab, service: int) -> set[str]:
    return set(lab.view(service)["linkedServices"] or {})


def put(lab: Lab, service: int, **fields: Any) -> None:
    lab.engine.update("service", service, fields)
    lab.wait(5)


def selecting(lab: Lab, selector: str | None = "role=web", name: str = "sel", **fields: Any) -> int:
    return lab.service(name, scale=0, fields={"selectorLink": selector, **fields})


def test_a_selector_links_to_what_is_there_once_the_service_is_made(lab: Lab) -> None:
    web = lab.service("web", scale=0, labels=WEB)
    lab.service("db", scale=0, labels={"role": "db"})
    made = lab.service("sel", scale=0, settle=0, fields={"selectorLink": "role=web"})

    assert lab.view(made)["linkedServices"] is None
    lab.wait(5)
    assert lab.view(made)["linkedServices"] == {"web": Ref("service", web)}
    assert lab.engine.related("service", made, "consumedservices") == [("service", web)]
    assert lab.engine.related("service", web, "consumedbyservices") == [("service", made)]


def test_and_to_what_comes_later_of_any_kind_and_stack_but_never_to_itself(lab: Lab) -> None:
    made = lab.service("sel", scale=0, labels=WEB, fields={"selectorLink": "role=web"})
    other = lab.engine.create("stack", {"name": "other"}, project=lab.project)
    body = {"name": "lb", "stackId": other, "scale": 0, "launchConfig": {"imageUuid": OLD, "labels": WEB}}
    lab.engine.create("loadBalancerService", body, project=lab.project)
    lab.wait(5)

    assert links(lab, made) == {"other/lb"}


def test_services_of_other_projects_are_not_chosen(lab: Lab) -> None:
    project = lab.engine.create("project", {"name": "Other", "state": "active"}, project=None)
    stack = lab.engine.create("stack", {"name": "there"}, project=project)
    body = {"name": "web", "stackId": stack, "scale": 0, "launchConfig": {"imageUuid": OLD, "labels": WEB}}
    lab.engine.create("service", body, project=project)
    lab.wait(5)

    assert links(lab, selecting(lab)) == set()


def test_a_link_that_is_there_already_keeps_its_name(lab: Lab) -> None:
    web = lab.service("web", scale=0, labels=WEB)
    made = selecting(lab, None)
    lab.engine.act(
        "service", made, "addservicelink", {"serviceLink": {"serviceId": Ref("service", web), "name": "w"}}
    )

    put(lab, made, selectorLink="role=web")

    assert links(lab, made) == {"w"}


def test_what_was_taken_away_by_hand_comes_back_with_the_next_update_of_either(lab: Lab) -> None:
    web = lab.service("web", scale=0, labels=WEB)
    made = selecting(lab)
    body = {"serviceLink": {"serviceId": Ref("service", web)}}
    for updated in (made, web):
        lab.engine.act("service", made, "removeservicelink", body)
        put(lab, updated, description="no process")
        assert links(lab, made) == set()

        put(lab, updated, metadata={"n": updated})
        assert links(lab, made) == {"web"}


def test_another_selector_links_anew_and_takes_away_what_the_former_one_chose(lab: Lab) -> None:
    lab.service("web", scale=0, labels=WEB)
    lab.service("db", scale=0, labels={"role": "db"})
    lab.service("both", scale=0, labels={"role": "web", "zone": "north"})
    made = selecting(lab)
    assert links(lab, made) == {"web", "both"}

    put(lab, made, selectorLink="role=db")
    assert links(lab, made) == {"db"}
    put(lab, made, selectorLink="ROLE=DB")
    assert links(lab, made) == {"db"}
    put(lab, made, selectorLink="role=web")
    put(lab, made, selectorLink="zone=north")  # chosen by both: gone until the next update
    assert links(lab, made) == set()
    put(lab, made, metadata={"k": 1})
    assert links(lab, made) == {"both"}
    put(lab, made, selectorLink=None)
    assert links(lab, made) == set()


def test_an_inactive_service_follows_too(lab: Lab) -> None:
    lab.service("web", scale=0, labels=WEB)
    made = lab.service("sel", scale=0, start=False)

    put(lab, made, selectorLink="role=web")

    assert (lab.state(made), links(lab, made)) == ("inactive", {"web"})


def test_the_former_selector_survives_a_snapshot(lab: Lab) -> None:
    lab.service("web", scale=0, labels=WEB)
    made = selecting(lab)
    lab.engine.update("service", made, {"selectorLink": "role=none"})

    lab.engine = Engine.restore(lab.engine.snapshot())
    lab.wait(5)

    assert links(lab, made) == set()


@pytest.mark.parametrize("removed", ["web", "sel"])
def test_no_link_leads_from_or_to_a_removed_service(lab: Lab, removed: str) -> None:
    numbers = {"web": lab.service("web", scale=0, labels=WEB), "sel": selecting(lab)}

    lab.engine.delete("service", numbers[removed])
    lab.wait(5)

    assert links(lab, numbers["sel"]) == set()
    assert lab.engine.related("service", numbers["web"], "consumedbyservices") == []


def test_several_links_to_a_removed_service_go(lab: Lab) -> None:
    web, made = lab.service("web", scale=0), lab.service("by", scale=0)
    both = [{"serviceId": Ref("service", web), "name": name} for name in ("a", "b")]
    lab.engine.act("service", made, "setservicelinks", {"serviceLinks": both})

    lab.engine.delete("service", web)
    lab.wait(5)

    assert links(lab, made) == set()


def rule(port: int = 80, **target: Any) -> dict[str, Any]:
    return {"sourcePort": port, "targetPort": 80, **target}


def balancer(lab: Lab, *rules: dict[str, Any], labels: dict[str, str] | None = None, **fields: Any) -> int:
    body = {
        "name": "lb",
        "stackId": lab.stack,
        "scale": 0,
        "startOnCreate": True,
        "launchConfig": {"imageUuid": "sim:lb:1", "labels": labels or {}},
        "lbConfig": {"portRules": list(rules)},
    }
    number = lab.engine.create("loadBalancerService", body | fields, project=lab.project)
    lab.wait(5)
    return number


def test_a_balancer_is_linked_to_the_services_that_its_rules_name(lab: Lab) -> None:
    web, db = lab.service("web", scale=0), lab.service("db", scale=0)
    made = balancer(lab, rule(serviceId=Ref("service", web)), rule(81, serviceId=Ref("service", web)))
    assert lab.view(made)["linkedServices"] == {"web": Ref("service", web)}

    put(lab, made, lbConfig={"portRules": [rule(serviceId=Ref("service", db))]})
    assert lab.view(made)["linkedServices"] == {"db": Ref("service", db)}
    put(lab, made, lbConfig={"portRules": []})
    assert lab.view(made)["linkedServices"] is None


def test_links_made_by_hand_stay_and_those_of_rules_come_back(lab: Lab) -> None:
    web, db = lab.service("web", scale=0), lab.service("db", scale=0)
    made = balancer(lab, rule(serviceId=Ref("service", web)))
    lab.engine.act("service", made, "addservicelink", {"serviceLink": {"serviceId": Ref("service", db)}})
    lab.engine.act("service", made, "removeservicelink", {"serviceLink": {"serviceId": Ref("service", web)}})

    put(lab, db, metadata={"any": "update of the project"})
    assert links(lab, made) == {"web", "db"}
    put(lab, made, lbConfig={"portRules": []})
    assert links(lab, made) == {"db"}


def test_a_rule_leads_to_what_its_selector_chooses_now_and_later(lab: Lab) -> None:
    lab.service("web", scale=0, labels=WEB)
    made = balancer(lab, rule(selector="role=web"))
    lab.service("late", scale=0, labels=WEB)
    assert links(lab, made) == {"web", "late"}

    put(lab, made, lbConfig={"portRules": [rule(selector="role=none")]})
    assert links(lab, made) == set()


@pytest.mark.parametrize("where", [{"environment": "prod"}, {"environment": "prod", "region": "north"}])
def test_a_rule_of_another_environment_chooses_nothing_here(lab: Lab, where: dict[str, Any]) -> None:
    lab.service("web", scale=0, labels=WEB)

    assert links(lab, balancer(lab, rule(selector="role=web", **where))) == set()


def test_a_rule_without_a_service_leads_to_those_whose_selector_chooses_the_balancer(lab: Lab) -> None:
    selecting(lab, "is=lb")
    made = balancer(lab, rule(selector="role=none"), labels={"is": "lb"})
    selecting(lab, "is=lb", "late")

    assert links(lab, made) == {"sel", "late"}


@pytest.mark.parametrize(
    "config",
    [None, {}, {"portRules": None}, {"portRules": [rule(serviceId=Ref("service", 4711))]}],
)
def test_rules_that_lead_to_no_service_make_no_links(lab: Lab, config: dict[str, Any] | None) -> None:
    assert lab.view(balancer(lab, lbConfig=config))["linkedServices"] is None


def test_a_removed_service_leaves_the_rules_of_balancers_which_are_updated(lab: Lab) -> None:
    web, db = lab.service("web", scale=0), lab.service("db", scale=0)
    made = balancer(lab, rule(serviceId=Ref("service", web)), rule(81, serviceId=Ref("service", db)))
    lab.engine.delete("service", web)
    lab.until(made, "updating-active")
    lab.wait(5)

    rules = lab.view(made)["lbConfig"]["portRules"]
    assert [each["serviceId"] for each in rules] == [db]
    assert (links(lab, made), lab.state(made)) == ({"db"}, "active")


@pytest.mark.parametrize("config", [None, {}])
def test_a_balancer_without_rules_is_left_alone_when_a_service_goes(
    lab: Lab, config: dict[str, Any] | None
) -> None:
    web = lab.service("web", scale=0)
    made = balancer(lab, lbConfig=config)
    lab.engine.delete("service", web)
    lab.wait(5)

    assert (lab.view(made)["lbConfig"], lab.state(made)) == (config, "active")


def test_a_balancer_tells_that_it_lost_a_rule_even_where_it_is_not_updated(lab: Lab) -> None:
    web = lab.service("web", scale=0)
    made = balancer(lab, rule(serviceId=Ref("service", web)), startOnCreate=False)
    gone = balancer(lab, rule(serviceId=Ref("service", web)), name="gone")
    lab.engine.delete("service", gone)
    lab.wait(5)
    lab.engine.take_changes()

    lab.engine.delete("service", web)
    lab.wait(5)

    assert lab.view(made)["lbConfig"]["portRules"] == []
    assert ("service", made) in lab.engine.take_changes()
    assert [each["serviceId"] for each in lab.view(gone)["lbConfig"]["portRules"]] == [web]
