"""The table of rancher-1.6-api.md 13.5 over every reading that a live Rancher gave after an upgrade POST.

The recordings use one marker for many upgrades, or show the block without labels, so here a
config's mark is made from its `version`, which every accepted POST has to itself. Whether a POST
was really carried out is judged without the table: its version stands in the `upgrade` block of
the last reading before the next upgrade POST.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deploytickets.deployments.facts import Answer, ServiceUpgradeFacts
from deploytickets.deployments.phases import Phase
from deploytickets.deployments.trace import block_versions, held_key_of, trace, versions_of
from deploytickets.drivers.base import ContainerSeen, ServiceSeen, UpgradeBlock
from tests.deployments.readings import MARK_LABEL, T0, service

RECORDINGS = sorted((Path(__file__).parent.parent / "recordings" / "services").glob("*.json"))

OURS = frozenset(
    {
        Phase.UPGRADING,
        Phase.UPGRADED,
        Phase.FINISHING,
        Phase.FINISHED,
        Phase.ROLLING_BACK,
        Phase.ROLLED_BACK,
        Phase.CANCELLED,
    }
)


@dataclass(frozen=True)
class Post:
    """One upgrade POST of a recording. `version` is what its 202 gave, "" when it was refused."""

    where: str
    service_id: str
    sent_at: float
    ended_at: float
    status: int
    version: str
    configs_sent: frozenset[str]
    before: ServiceSeen
    readings: tuple[tuple[float, ServiceSeen | None], ...]


def _marked(config: Mapping[str, Any]) -> dict[str, Any]:
    version = config.get("version")
    return {**config, "labels": {MARK_LABEL: f"mark of {version}"} if version not in (None, "0") else {}}


def _configs(primary: Mapping[str, Any] | None, sidekicks: Any) -> dict[str, Any]:
    named = {str(config["name"]): _marked(config) for config in sidekicks or ()}
    return named if primary is None else {"": _marked(primary), **named}


def _block(shown: Mapping[str, Any] | None) -> UpgradeBlock | None:
    if shown is None:
        return None
    strategy = shown.get("inServiceStrategy") or {}
    return UpgradeBlock(
        configs=_configs(strategy.get("launchConfig"), strategy.get("secondaryLaunchConfigs")),
        previous=_configs(
            strategy.get("previousLaunchConfig"), strategy.get("previousSecondaryLaunchConfigs")
        ),
        is_in_service=shown.get("toServiceStrategy") is None,
    )


def _service(shown: Mapping[str, Any], containers: Mapping[str, ContainerSeen]) -> ServiceSeen:
    return service(
        shown["state"],
        _configs(shown["launchConfig"], shown["secondaryLaunchConfigs"]),
        _block(shown["upgrade"]),
        list(containers.values()) or None,
    )


def _container(shown: Mapping[str, Any], sidekicks: frozenset[str]) -> ContainerSeen:
    name = str(shown.get("name"))
    middle = name.split("-")[-2] if name.count("-") > 1 else ""
    return ContainerSeen(
        rancher_id=shown["resource"],
        name=name,
        config_name=middle if middle in sidekicks else "",
        version=shown["version"] or "",
        state=shown["state"],
        health=shown["healthState"],
        image=shown["imageUuid"],
        unit=shown["deploymentUnitUuid"] or "",
        host_rancher_id=shown["hostId"],
        host_name="",
        start_count=shown["startCount"] or 0,
        message=shown["transitioningMessage"] or "",
    )


def _story(steps: list[dict[str, Any]]) -> Iterator[tuple[float, str, ServiceSeen | None]]:
    """(when the read was begun, service id, what it showed) of every reading of a service, in order.

    What is polled is written down only when it changes: up to the next request it stayed as it was.
    """
    polled: dict[str, ServiceSeen] = {}
    containers: dict[str, ContainerSeen] = {}
    sidekicks: frozenset[str] = frozenset()
    for step in steps:
        observed, request, response = step.get("observed"), step.get("request"), step.get("response")
        if observed and observed["resource"].startswith("container "):
            if "gone_from" in observed:
                containers.pop(observed["resource"], None)
            else:
                containers[observed["resource"]] = _container(observed, sidekicks)
        elif observed and observed["resource"].startswith("service "):
            if "gone_from" in observed:
                yield step["at"], observed["resource"].split()[1], None
                continue
            sidekicks = frozenset(str(config["name"]) for config in observed["secondaryLaunchConfigs"])
            service_id = observed["resource"].split()[1]
            polled[service_id] = _service(observed, containers)
            yield step["at"], service_id, polled[service_id]
        elif request and request["method"] == "POST" and "/services/" in request["path"]:
            service_id = request["path"].split("/services/")[1].split("/")[0]
            if service_id in polled:
                yield step["at"] - 0.001, service_id, polled.pop(service_id)
        elif request and response and request["method"] == "GET":
            body = response.get("body")
            if isinstance(body, dict) and body.get("type") == "service":
                yield step["at"], body["id"], _service(body, containers)


def _sent(body: Any) -> frozenset[str]:
    strategy = body.get("inServiceStrategy") if isinstance(body, dict) else None
    strategy = strategy if isinstance(strategy, dict) else {}
    names = {str(config.get("name")) for config in strategy.get("secondaryLaunchConfigs") or ()}
    removed = {
        str(config.get("name"))
        for config in strategy.get("secondaryLaunchConfigs") or ()
        if str(config.get("imageUuid", "")).endswith("rancher/none")
    }
    return frozenset(names - removed | ({""} if "launchConfig" in strategy or not names else set()))


@cache
def _posts() -> tuple[Post, ...]:
    found = []
    for path in RECORDINGS:
        steps = json.loads(path.read_text())["steps"]
        readings = list(_story(steps))
        for step in steps:
            request, response = step.get("request"), step.get("response")
            if not request or not response or request["method"] != "POST":
                continue
            if not request["path"].endswith("action=upgrade") or "/services/" not in request["path"]:
                continue
            service_id = request["path"].split("/services/")[1].split("/")[0]
            before = [seen for at, of, seen in readings if of == service_id and at <= step["at"] and seen]
            if not before:
                continue
            ended_at = step["at"] + response["took"]
            answered = response.get("body") if response["status"] == 202 else None
            sent = _sent(request.get("body"))
            version = ""
            if answered:
                given = _configs(answered["launchConfig"], answered["secondaryLaunchConfigs"])
                present = [name for name in sent if name in given]
                version = given[present[0]]["version"] if present else ""
            found.append(
                Post(
                    where=f"{path.stem} at {step['at']}",
                    service_id=service_id,
                    sent_at=step["at"],
                    ended_at=ended_at,
                    status=response["status"],
                    version=version,
                    configs_sent=sent,
                    before=before[-1],
                    readings=tuple(
                        (at, seen) for at, of, seen in readings if of == service_id and at > ended_at
                    ),
                )
            )
    return tuple(found)


def _facts(post: Post, *, is_answered: bool) -> ServiceUpgradeFacts:
    answer = Answer.NONE
    if is_answered:
        answer = Answer.ACCEPTED if post.status == 202 else Answer.REFUSED
    return ServiceUpgradeFacts(
        name="web",
        action="upgraded",
        token=f"mark of {post.version}" if post.version else "a mark that was refused",
        mark_label=MARK_LABEL,
        configs_sent=post.configs_sent,
        versions_before=versions_of(post.before.configs),
        block_before=block_versions(post.before.upgrade),
        answer=answer,
        asked_at=T0 + timedelta(seconds=post.ended_at),
        version_known=post.version if is_answered else "",
    )


def _replay(post: Post, *, is_answered: bool) -> Iterator[tuple[ServiceSeen | None, Phase | None]]:
    facts = _facts(post, is_answered=is_answered)
    for seconds, seen in post.readings:
        now, key = T0 + timedelta(seconds=seconds), held_key_of(seen)
        if facts.held_key != key:
            facts = replace(facts, held_key=key, held_since=now)
        yield seen, trace(facts, seen, now)


def _is_in_block(post: Post, seen: ServiceSeen | None) -> bool:
    """Is it this POST's version that the server upgrades to, or last did?"""
    return (
        bool(post.version)
        and seen is not None
        and seen.upgrade is not None
        and any(
            seen.upgrade.configs[name]["version"] == post.version
            for name in post.configs_sent & seen.upgrade.configs.keys()
        )
    )


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "lost"])
def test_no_accepted_upgrade_comes_out_as_untouched(is_answered):
    wrong = [
        post.where
        for post in _posts()
        if any(_is_in_block(post, seen) for _, seen in post.readings)
        for _, phase in _replay(post, is_answered=is_answered)
        if phase is Phase.UNTOUCHED
    ]

    assert wrong == []


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "lost"])
def test_nobody_elses_upgrade_comes_out_as_ours(is_answered):
    wrong = [
        (post.where, phase)
        for post in _posts()
        for seen, phase in _replay(post, is_answered=is_answered)
        if phase in OURS and not _is_in_block(post, seen)
    ]

    assert wrong == []


@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "lost"])
def test_every_upgrade_that_was_carried_out_is_found_to_be_ours_unless_torn_or_removed(is_answered):
    """Without this the two sentences above could hold for a table that never concludes anything."""
    lost = []
    for post in _posts():
        concluded = {phase for _, phase in _replay(post, is_answered=is_answered)}
        if any(_is_in_block(post, seen) for _, seen in post.readings) and not concluded & (
            OURS | {Phase.TORN, Phase.REPLACED, Phase.GONE}
        ):
            lost.append((post.where, concluded))

    assert lost == []


def test_the_torn_service_of_the_recording_is_seen_to_be_torn():
    posts = [post for post in _posts() if post.where.startswith("race-upgrade-torn")]
    concluded = [
        {phase for _, phase in _replay(post, is_answered=answered)}
        for post in posts
        for answered in (True, False)
    ]

    assert len(posts) == 2
    assert all(Phase.TORN in phases for phases in concluded)


def test_the_recordings_hold_the_upgrades_that_the_contract_speaks_of():
    assert len(_posts()) >= 90
    assert sum(post.status == 202 for post in _posts()) >= 60
