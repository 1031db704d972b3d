"""What goes on, or stands in the way, said in words: one table of code -> sentence.

Decisions make an `Explanation`, which is stored as a JSON fact and put into words when it is
read, in the reader's language. A stuck upgrade is read as rancher-1.6-api.md 5.6 says: the newest
containers of the new version first, then the old ones, then the service's own line.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deploytickets.deployments.facts import Refusal, ServiceUpgradeFacts
from deploytickets.deployments.health import count, new_containers
from deploytickets.deployments.phases import Phase
from deploytickets.deployments.trace import (
    IN_UPGRADE,
    QUIET,
    ROLLING_BACK,
    block_is_of_another_upgrade,
)
from deploytickets.drivers.base import ContainerSeen, ServiceSeen

LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code of `SENTENCES` and what fills its sentence; no secrets."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, **self.params}


AboutService = Callable[[ServiceUpgradeFacts], Explanation]


def words(fact: Mapping[str, Any] | None) -> str:
    """The stored fact as a sentence in the reader's language; "" for none."""
    if not fact:
        return ""
    sentence = SENTENCES.get(str(fact["code"]))
    if sentence is None:
        return _("Something happened that this release has no words for: %(code)s.") % {"code": fact["code"]}
    filled = {name: value for name, value in fact.items() if name != "because"}
    because = words(fact.get("because"))
    text = str(sentence).format_map(_Filling(filled))
    return f"{text} {because}" if because else text


class _Filling(dict[str, Any]):
    """A parameter that a fact of an older release lacks is left out instead of failing the page."""

    def __missing__(self, key: str) -> str:
        return "…"


SENTENCES: dict[str, str | Promise] = {
    # On the way: trouble that may still go away by itself
    "image_not_pulled": gettext_lazy(
        "{service}: the image {image} cannot be pulled: {message} Rancher tries again by itself; "
        "push the image, or roll back."
    ),
    "port_taken": gettext_lazy(
        "{service}: no host has the published port free: {message} Rancher tries again by itself; "
        "free the port, or roll back."
    ),
    "no_host_fits": gettext_lazy(
        "{service}: Rancher finds no host for the new container: {message} It tries again by itself."
    ),
    "start_fails": gettext_lazy(
        "{service}: a new container does not start: {message} Rancher tries again by itself; "
        "roll back if that does not help."
    ),
    "unhealthy": gettext_lazy(
        "{service}: the health check of {containers} fails, {healthy} of {wanted} are healthy. "
        "Look at the application's log, or roll back."
    ),
    "not_healthy_yet": gettext_lazy(
        "{service}: {containers} run, but the health check has not said healthy yet "
        "({healthy} of {wanted} are healthy)."
    ),
    "crashes": gettext_lazy(
        "{service}: {containers} stopped by themselves after {starts} starts. "
        "Look at the application's log, or roll back."
    ),
    "dead_while_upgraded": gettext_lazy(
        "{service}: only {healthy} of {wanted} new containers run healthy. Until the upgrade is finished or "
        "rolled back Rancher starts none of them again."
    ),
    "too_few": gettext_lazy("{service}: {healthy} of {wanted} new containers run healthy."),
    "old_does_not_stop": gettext_lazy(
        "{service}: the old container {containers} on {hosts} does not stop. "
        "Look at Docker on that host; Rancher tries again by itself."
    ),
    "old_does_not_start": gettext_lazy(
        "{service}: on the way back a container does not start: {message} Rancher tries again by itself."
    ),
    "rancher_says": gettext_lazy("{service}: Rancher says: {message} It tries again by itself."),
    "wobble": gettext_lazy("{service}: Rancher reports an error that may pass: {message}"),
    "rolling_back_outside": gettext_lazy("{service}: somebody rolls it back in Rancher."),
    "not_startable": gettext_lazy(
        "{service} is {state} in Rancher; it can be upgraded when it is active. Nothing was sent."
    ),
    "state_unknown": gettext_lazy("{service}: Rancher shows a state that is not known here: {state}."),
    "start_not_taken_yet": gettext_lazy(
        "{service}: Rancher did not take the upgrade ({message}). Nothing was changed; it is sent again."
    ),
    "linked_service_missing": gettext_lazy(
        "{service}: a service that it links to is not there in Rancher. While the upgrade goes on it is "
        "linked as soon as that is made."
    ),
    "waits_for_others": gettext_lazy("{service} starts when {others} are upgraded and healthy."),
    # It stopped: people must decide
    "torn": gettext_lazy(
        "{service}: somebody upgraded it in the same moment as we did, and Rancher has mixed both up: it "
        "makes and stops containers without end. Nothing more is sent. Roll back, that is the only way out."
    ),
    "torn_without_block": gettext_lazy(
        "{service}: somebody upgraded it in the same moment as we did, and Rancher has lost what it came "
        "from. Nothing more is sent. Roll back ends the upgrade there and then brings the stored "
        "configuration back; every container is replaced once."
    ),
    "torn_former_block": gettext_lazy(
        "{service}: somebody upgraded it in the same moment as we did, and Rancher takes it for the upgrade "
        "before: its rollback would lead to the version before the last one. Nothing more is sent. Finish it "
        "in Rancher, then roll back here: that brings the stored configuration back."
    ),
    "torn_former_block_open": gettext_lazy(
        "{service}: somebody upgraded it in the same moment as we did, and Rancher takes it for the upgrade "
        "before: its rollback leads to the version before the last one. Nothing more is sent. Roll back in "
        "Rancher to end it, give up here, and file a ticket with the version that ran before."
    ),
    "half_accepted": gettext_lazy(
        "{service}: Rancher has stored the new configuration but never began the upgrade. Roll back replaces "
        "every container once and brings the old configuration back."
    ),
    "forgotten": gettext_lazy(
        "{service}: Rancher had accepted the upgrade and shows no trace of it now, as after a crash or a "
        "restored backup. Nothing of this ticket runs there. Try again makes a new attempt."
    ),
    "replaced": gettext_lazy(
        "{service}: somebody else upgraded it in Rancher. What runs there now is not this ticket's, "
        "so nothing more is done with it."
    ),
    "gone": gettext_lazy("{service} was removed in Rancher."),
    "cancelled": gettext_lazy(
        "{service}: somebody cancelled the upgrade in Rancher. Roll back here, or continue it there."
    ),
    "rolled_back_outside": gettext_lazy(
        "{service} was rolled back in Rancher, others of this ticket were not."
    ),
    "finished_outside": gettext_lazy(
        "{service} was finished in Rancher, so its way back is gone; others of this ticket are not finished."
    ),
    "start_refused": gettext_lazy(
        "{service}: Rancher refused the upgrade: {message} Nothing was changed there."
    ),
    "call_refused": gettext_lazy("{service}: Rancher refused: {message}"),
    "finish_forgotten": gettext_lazy(
        "{service}: Rancher had accepted the finish and shows it as not finished. Nothing more was sent."
    ),
    "roll_back_forgotten": gettext_lazy(
        "{service}: Rancher had accepted the rollback and shows nothing of it. Nothing more was sent."
    ),
    "remove_forgotten": gettext_lazy(
        "{service}: Rancher had accepted the removal and still shows the service. Nothing more was sent."
    ),
    "no_way_back": gettext_lazy(
        "{service} cannot be rolled back: in Rancher it is {phase}. "
        "Going back is a new ticket with the version before."
    ),
    "deadline_passed": gettext_lazy("It was not done within {minutes} minutes."),
    "deadline_passed_away": gettext_lazy(
        "It was not done within {minutes} minutes; Rancher gave no usable answer since {since}."
    ),
    "phase_in_words": gettext_lazy("{service} is {phase}."),
    # No observation: the codes of drivers.errors.reason_of
    "unreachable": gettext_lazy("Rancher cannot be reached: {text}"),
    "certificate": gettext_lazy("Rancher's certificate is not trusted: {text}"),
    "unanswered": gettext_lazy("Rancher did not answer in time, or answered with an error: {text}"),
    "unusable": gettext_lazy("Something else answered in Rancher's place: {text}"),
    "key-refused": gettext_lazy(
        "Rancher refuses our key. An administrator gives a new one on the server's page; "
        "everything then goes on by itself."
    ),
    "not-allowed": gettext_lazy(
        "Our key may not do this in Rancher: {text} An administrator gives a key that may; "
        "everything then goes on by itself."
    ),
    "not-found": gettext_lazy("Rancher does not show this environment to our key: {text}"),
    "refused": gettext_lazy("Rancher refuses to answer: {text}"),
    "throttled": gettext_lazy("Rancher asks us to come back later."),
}


def trouble(want: ServiceUpgradeFacts, seen: ServiceSeen) -> Explanation | None:
    """What stands in the way of a service that is on its way, read from its containers; None: nothing."""
    if seen.state == "rolling-back":
        return _trouble_on_the_way_back(want, seen)
    counted = count(want, seen)
    if counted.is_enough and seen.state != "finishing-upgrade":
        return None
    numbers = {"service": want.name, "healthy": counted.healthy, "wanted": counted.wanted}
    newest = _newest_per_name(list(new_containers(want, seen)))
    broken = [container for container in newest if container.state in ("error", "erroring")]
    told = [container for container in broken if container.message != IN_PROGRESS]
    if broken and not told and seen.transitioning == "error":
        return _service_says(want, seen)  # the container says why only once it is in `error`
    if broken:
        return _cannot_start(want, (told or broken)[-1].image, (told or broken)[-1].message)
    unhealthy = [
        one
        for one in newest
        if one.state == "running" and one.health not in (None, "initializing") and not one.is_healthy
    ]
    if unhealthy:
        return Explanation("unhealthy", numbers | {"containers": _names(unhealthy)})
    stopped = [container for container in newest if container.state in ("stopped", "stopping")]
    if stopped and seen.state == "upgraded":
        return Explanation("dead_while_upgraded", numbers)
    if stopped and any(container.start_count > 1 for container in stopped):
        starts = max(container.start_count for container in stopped)
        return Explanation("crashes", numbers | {"containers": _names(stopped), "starts": starts})
    if seen.transitioning == "error":
        return _service_says(want, seen)
    waiting = [container for container in newest if container.health == "initializing"]
    if waiting:
        return Explanation("not_healthy_yet", numbers | {"containers": _names(waiting)})
    new_ids = {container.rancher_id for container in newest}
    stuck = [
        container
        for container in seen.containers or ()
        if container.state == "stopping" and container.rancher_id not in new_ids
    ]
    if stuck and seen.message.startswith("Waiting: state to equal stopped"):
        hosts = ", ".join(sorted({container.host_name for container in stuck}))
        return Explanation(
            "old_does_not_stop", {"service": want.name, "containers": _names(stuck), "hosts": hosts}
        )
    return Explanation("too_few", numbers) if seen.state == "upgraded" else None


def undecided(want: ServiceUpgradeFacts, seen: ServiceSeen | None) -> Explanation | None:
    """Why nothing can be concluded yet, where that is worth saying."""
    if seen is None or seen.state in QUIET | IN_UPGRADE | {ROLLING_BACK}:
        return None
    return Explanation("state_unknown", {"service": want.name, "state": seen.state})


def stopped(want: ServiceUpgradeFacts, phase: Phase) -> Explanation:
    """A phase from which nothing goes on by itself."""
    code = _STOPPED.get(phase)
    if code is None:
        return Explanation("phase_in_words", {"service": want.name, "phase": phase.value})
    return Explanation(code, {"service": want.name})


def torn(want: ServiceUpgradeFacts, seen: ServiceSeen) -> Explanation:
    """Configs and `upgrade` block are of two POSTs: which way leads out of it (rancher-1.6-api.md 5.7)."""
    code = "torn"
    if seen.upgrade is None:
        code = "torn_without_block"
    elif block_is_of_another_upgrade(want, seen):
        code = "torn_former_block" if seen.state == "upgraded" else "torn_former_block_open"
    return Explanation(code, {"service": want.name})


_STOPPED = {
    Phase.TORN: "torn",
    Phase.HALF_ACCEPTED: "half_accepted",
    Phase.FORGOTTEN: "forgotten",
    Phase.REPLACED: "replaced",
    Phase.GONE: "gone",
    Phase.CANCELLED: "cancelled",
    Phase.ROLLED_BACK: "rolled_back_outside",
    Phase.FINISHED: "finished_outside",
    Phase.ROLLING_BACK: "rolling_back_outside",
}


def no_way_back(want: ServiceUpgradeFacts, phase: Phase) -> Explanation:
    """Why the service cannot be rolled back."""
    if phase in (Phase.REPLACED, Phase.GONE, Phase.TORN):
        return stopped(want, phase)
    return Explanation("no_way_back", {"service": want.name, "phase": phase.value})


def rolling_back_outside(want: ServiceUpgradeFacts) -> Explanation:
    """Somebody pressed Rollback in Rancher."""
    return Explanation("rolling_back_outside", {"service": want.name})


def not_startable(want: ServiceUpgradeFacts, seen: ServiceSeen | None) -> Explanation | None:
    """The service is in no state in which an upgrade is sent."""
    return None if seen is None else Explanation("not_startable", {"service": want.name, "state": seen.state})


def linked_service_missing(want: ServiceUpgradeFacts) -> Explanation:
    """A created service is to be linked to one that Rancher does not have."""
    return Explanation("linked_service_missing", {"service": want.name})


def start_refused(want: ServiceUpgradeFacts, refusal: Refusal) -> Explanation:
    """Rancher did not take the start, for good or for now."""
    code = "start_refused" if refusal.is_terminal else "start_not_taken_yet"
    return Explanation(code, {"service": want.name, "message": _sentence(refusal.text)})


def call_refused(want: ServiceUpgradeFacts, refusal: Refusal) -> Explanation:
    """Rancher refused a finish, a rollback or a removal for good."""
    return Explanation("call_refused", {"service": want.name, "message": _sentence(refusal.text)})


def finish_forgotten(want: ServiceUpgradeFacts) -> Explanation:
    """An accepted finish that Rancher no longer shows."""
    return Explanation("finish_forgotten", {"service": want.name})


def roll_back_forgotten(want: ServiceUpgradeFacts) -> Explanation:
    """An accepted rollback that Rancher no longer shows."""
    return Explanation("roll_back_forgotten", {"service": want.name})


def remove_forgotten(want: ServiceUpgradeFacts) -> Explanation:
    """An accepted removal that Rancher no longer shows."""
    return Explanation("remove_forgotten", {"service": want.name})


def mixture(services: Sequence[str], code: str) -> Explanation:
    """Some services of the ticket were ended outside, others were not."""
    return Explanation(code, {"service": ", ".join(services)})


def deadline_passed(
    minutes: int, because: Explanation | None = None, away_since: datetime | None = None
) -> Explanation:
    """Our own deadline is over; `because` is what was in the way at last."""
    params: dict[str, Any] = {"minutes": minutes}
    if because is not None:
        params["because"] = because.as_json()
    if away_since is not None:
        return Explanation(
            "deadline_passed_away", params | {"since": away_since.isoformat(timespec="minutes")}
        )
    return Explanation("deadline_passed", params)


def _trouble_on_the_way_back(want: ServiceUpgradeFacts, seen: ServiceSeen) -> Explanation | None:
    """The service's own line misleads here (trap 50): only containers of the old version tell."""
    new_ids = {container.rancher_id for container in new_containers(want, seen)}
    broken = [
        container
        for container in seen.containers or ()
        if container.state in ("error", "erroring") and container.rancher_id not in new_ids
    ]
    if not broken:
        return None
    return Explanation(
        "old_does_not_start",
        {"service": want.name, "message": _sentence(_newest_per_name(broken)[-1].message)},
    )


def _service_says(want: ServiceUpgradeFacts, seen: ServiceSeen) -> Explanation:
    """The service's line, with the cause inside it where a container that is gone already gave one."""
    cause = re.split(r"Check logs for more information\.: |in state \[\w+\]: ", seen.message)[-1]
    image = next(
        (
            str(seen.configs[name].get("imageUuid", ""))
            for name in sorted(want.configs_sent)
            if name in seen.configs
        ),
        "",
    )
    if seen.state == "upgraded":
        return Explanation("wobble", {"service": want.name, "message": _sentence(cause)})
    return _cannot_start(want, image, cause, unknown="rancher_says")


IN_PROGRESS = "In Progress"
"""What Rancher says of everything that is on its way (rancher-1.6-api.md 1.5)."""

_PULL = re.compile(
    r"manifest for|failed to pull|pull access denied|manifest unknown|unauthorized", re.IGNORECASE
)
_PORT = re.compile(r"ports? \S+ available|port is already allocated|host needs ports", re.IGNORECASE)
_HOST = re.compile(r"Allocation failed|No healthy hosts|scheduler|must have|should have", re.IGNORECASE)


def _cannot_start(
    want: ServiceUpgradeFacts, image: str, message: str, *, unknown: str = "start_fails"
) -> Explanation:
    about = {"service": want.name, "message": _sentence(message)}
    if _PULL.search(message):
        return Explanation("image_not_pulled", about | {"image": image.removeprefix("docker:")})
    if _PORT.search(message):
        return Explanation("port_taken", about)
    if _HOST.search(message):
        return Explanation("no_host_fits", about)
    return Explanation(unknown, about)


def _newest_per_name(containers: Sequence[ContainerSeen]) -> list[ContainerSeen]:
    """Of the tries under one name the newest, the oldest name's first; ids rise ("1i9" < "1i10")."""
    newest = {container.name: container for container in sorted(containers, key=_age)}
    return sorted(newest.values(), key=_age)


def _age(container: ContainerSeen) -> tuple[int, str]:
    return len(container.rancher_id), container.rancher_id


def _names(containers: Sequence[ContainerSeen]) -> str:
    return ", ".join(sorted({container.name for container in containers}))


def _sentence(message: str) -> str:
    """Rancher's text, cut to a length and ended like a sentence."""
    text = " ".join(message.split())[:LONGEST_MESSAGE].rstrip(" :;,")
    if not text:
        return _("(no reason given)")
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."
