"""Plays the story through the public API: DEPLOY-111 to finished, then a second ticket to rolled back.

It signs in with personal tokens of the demo people and goes the way everybody goes: no step
around policy, no look into the database.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests

from deploytickets.supervise.supervisor import Supervisor

WITHIN_S = 180.0
"""How long one step may take before the story is told to have failed."""


class StoryFailed(Exception):
    """A step did not end as it should; says which and what came instead."""


class Person:
    """One of the demo people, with a token of their own."""

    def __init__(self, name: str, token: str, url: str, supervisor: Supervisor) -> None:
        self.name = name
        self._url = f"{url}/api/v1"
        self._supervisor = supervisor
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Authorization"] = f"Bearer {token}"

    def say(self, line: str) -> None:
        self._supervisor.write("story", line)

    def ask(self, path: str) -> dict[str, Any]:
        return self._answer(self._http.get(f"{self._url}{path}", timeout=20))

    def do(self, path: str, sentence: str, **body: Any) -> dict[str, Any]:
        """POST, and say in one line who did what."""
        self.say(f"{self.name} {sentence}")
        return self._answer(self._http.post(f"{self._url}{path}", json=body, timeout=20))

    def wait(self, key: str, what: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Poll the ticket until the condition holds, printing progress as it changes.

        Raises:
            StoryFailed: it did not within three minutes, or the ticket went where it should not.
        """
        said = ""
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline and self._supervisor.pause(0.5):
            ticket = self.ask(f"/tickets/{key}")
            line = _progress(ticket)
            if line != said:
                self.say(f"{key}  {line}")
                said = line
            if until(ticket):
                return ticket
            if ticket["state"] in ("failed", "rejected", "cancelled"):
                raise StoryFailed(f"{key} is {ticket['state']}: {ticket.get('failure')}")
        raise StoryFailed(f"{key}: waited in vain for {what}; last seen: {said}")

    @staticmethod
    def _answer(answer: requests.Response) -> dict[str, Any]:
        if not answer.ok:
            raise StoryFailed(
                f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text[:600]}"
            )
        body: dict[str, Any] = answer.json()
        return body


def play(url: str, tokens: Mapping[str, str], supervisor: Supervisor) -> int:
    """Play both tickets; 0 only if the first ended finished and the second rolled back."""
    people = {name: Person(name, token, url, supervisor) for name, token in tokens.items()}
    try:
        first = _until_verified(
            people,
            application="JavaService1",
            branch="release/1.0.1",
            environment="prod",
            requester="anna",
            approvers=("otto", "olga"),
        )
        people["otto"].do(f"/tickets/{first}/finish", f"finishes the upgrade of {first}")
        people["otto"].wait(first, "finished", lambda ticket: ticket["state"] == "finished")

        second = _until_verified(
            people,
            application="shop-web",
            branch="release/2.5.0",
            environment="prod",
            requester="ben",
            approvers=("olga", "otto"),
        )
        people["olga"].do(
            f"/tickets/{second}/roll-back", f"rolls {second} back", reason="Orders look slower than before."
        )
        people["olga"].wait(second, "rolled back", lambda ticket: ticket["state"] == "rolled_back")
    except (StoryFailed, requests.RequestException) as failed:
        supervisor.write("story", f"The story did not end as it should: {failed}")
        return 1
    supervisor.write("story", f"{first} is finished, {second} is rolled back.")
    return 0


def _until_verified(
    people: Mapping[str, Person],
    *,
    application: str,
    branch: str,
    environment: str,
    requester: str,
    approvers: Sequence[str],
) -> str:
    """File, approve, watch and verify as both; the ticket's key."""
    files, ops = people[requester], people[approvers[0]]
    filed = files.do(
        "/tickets",
        f"files: {application}, branch {branch}, environment {environment}",
        application=application,
        branch=branch,
        environment=environment,
        description="From the demo story.",
    )
    key: str = filed["key"]
    files.say(f"{key} is filed, version {filed['version']}")
    files.wait(key, "its plan", lambda ticket: bool(ticket["plan_digest"]))
    for name in approvers:
        _approve(people[name], key)
    ops.wait(key, "verify", lambda ticket: ticket["state"] == "verifying")
    files.do(f"/tickets/{key}/verify", f"has looked at {key}: works", role="developer", works=True)
    ops.do(f"/tickets/{key}/verify", f"has looked at {key}: works", role="ops", works=True)
    return key


def _approve(person: Person, key: str) -> None:
    """Read the plan as it stands now, and agree to exactly that."""
    ticket = person.ask(f"/tickets/{key}")
    services = ", ".join(f"{service['name']} {service['action']}" for service in ticket["plan"]["services"])
    warnings = [finding["name"] for finding in ticket["findings"] if finding["level"] == "warning"]
    person.do(
        f"/tickets/{key}/approve",
        f"reads the plan ({services}) and approves {key}"
        + (f", accepting {', '.join(warnings)}" if warnings else ""),
        plan_digest=ticket["plan_digest"],
        accept=warnings,
    )


def _progress(ticket: Mapping[str, Any]) -> str:
    progress = ticket.get("progress")
    if not progress or not progress["wanted"]:
        return str(ticket["state"])
    return f"{ticket['state']} {progress['healthy']}/{progress['wanted']}"
