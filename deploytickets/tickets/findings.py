"""What preflight can find: one table of code -> level, sentence and what to do about it.

`deployments` makes findings with `finding`; they are stored as JSON facts and put into words when
they are read, in the reader's language.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Level(StrEnum):
    """Blockers stop approval and start; warnings must be accepted by name; notes are only read."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table. `sentence` and `remedy` are filled with the finding's parameters by name."""

    level: Level
    sentence: str | Promise
    remedy: str | Promise


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding in words. `name` is what a warning is accepted by."""

    name: str
    level: Level
    word: str
    sentence: str
    remedy: str


KINDS: dict[str, Kind] = {
    # What stands in Rancher already
    "foreign-upgrade-open": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "The service {service} is being upgraded in Rancher by somebody else (Rancher says {state})."
        ),
        gettext_lazy("Wait until that upgrade has ended, or roll it back in Rancher."),
    ),
    "foreign-upgrade-unfinished": Kind(
        Level.BLOCKER,
        gettext_lazy("An upgrade of the service {service} that is not ours waits in Rancher to be finished."),
        gettext_lazy("Finish it or roll it back in Rancher; the plan is then made again by itself."),
    ),
    "attempt-unknown": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "The service {service} is {state} in Rancher by the attempt {mark}, which no ticket here knows."
        ),
        gettext_lazy("Finish it or roll it back in Rancher. Was the database restored from a copy?"),
    ),
    "service-not-upgradable": Kind(
        Level.BLOCKER,
        gettext_lazy("Rancher cannot upgrade the service {service} now: it is {state}."),
        gettext_lazy("Bring the service to the state active in Rancher."),
    ),
    "stack-missing": Kind(
        Level.BLOCKER,
        gettext_lazy("There is no stack {stack} in {environment}."),
        gettext_lazy(
            "Ask an administrator to correct the stack's name in the placement, or to place "
            "it by compose files."
        ),
    ),
    "service-missing": Kind(
        Level.BLOCKER,
        gettext_lazy("The stack {stack} in {environment} has no service {service}."),
        gettext_lazy("Ask an administrator to correct the services' names in the placement."),
    ),
    "service-ambiguous": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "More than one service goes by the name {service} in {stack}; it is not clear which is meant."
        ),
        gettext_lazy("Remove or rename all but one of them in Rancher."),
    ),
    "service-kind": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "{service} is a {kind} in Rancher; only services with containers of their own are upgraded."
        ),
        gettext_lazy("Change it in Rancher itself, or ask an administrator to correct the placement."),
    ),
    "global-switch": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "{service} would change between a fixed number of containers and one on every host, "
            "which Rancher refuses."
        ),
        gettext_lazy("Remove the service in Rancher first, or correct its labels in the compose file."),
    ),
    "stack-ambiguous": Kind(
        Level.BLOCKER,
        gettext_lazy("More than one stack goes by the name {stack} in {environment}."),
        gettext_lazy("Remove or rename all but one of them in Rancher."),
    ),
    "image-not-found-in-service": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "No container of the service {service} runs an image of {repository}: there is nothing to change."
        ),
        gettext_lazy(
            "Ask an administrator to correct the application's image repository or the placement's services."
        ),
    ),
    # Hosts and ports
    "port-taken": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "Host port {port} of the service {service} is taken on every host that could be "
            "chosen: {holders}."
        ),
        gettext_lazy("Publish another port, or none, or add a host; the new containers would find no place."),
    ),
    "too-few-hosts": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "The service {service} publishes host port {port} and needs {wanted} hosts where "
            "it is free; there are {usable}."
        ),
        gettext_lazy("Add hosts, lower the scale, or publish no fixed host port."),
    ),
    "start-first-needs-ports": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "New containers of {service} shall start before old ones stop, but host port "
            "{port} is free on no usable host."
        ),
        gettext_lazy("Let old containers stop first, or add a host."),
    ),
    "start-first-with-retain-ip": Kind(
        Level.BLOCKER,
        gettext_lazy(
            "New containers of {service} shall start before old ones stop, but the service keeps the "
            "addresses of its containers: Rancher refuses both together."
        ),
        gettext_lazy("Let old containers stop first, or let go of the addresses in Rancher."),
    ),
    "no-usable-host": Kind(
        Level.BLOCKER,
        gettext_lazy("No host of {environment} can take containers of the service {service}."),
        gettext_lazy("Bring a host back, or correct the service's host labels."),
    ),
    "host-away": Kind(
        Level.WARNING,
        gettext_lazy("The host {host} is not connected to Rancher ({state}); containers on it are not seen."),
        gettext_lazy("Bring the host back first, or accept that its containers change when it returns."),
    ),
    "host-away-with-containers": Kind(
        Level.WARNING,
        gettext_lazy(
            "Containers of {service} are on the host {host}, which is not connected to Rancher ({state}); "
            "the upgrade waits for them to stop."
        ),
        gettext_lazy("Bring the host back first, or remove it in Rancher."),
    ),
    "port-fixed": Kind(
        Level.NOTE,
        gettext_lazy(
            "The service {service} publishes the fixed host port {port}; {usable} hosts can "
            "take it, {wanted} are needed."
        ),
        gettext_lazy("Nothing needs to be done."),
    ),
    # Images and versions
    "image-missing": Kind(
        Level.BLOCKER,
        gettext_lazy("The registry does not have the image {image}."),
        gettext_lazy("Build and push it, or correct the version."),
    ),
    "tag-moved": Kind(
        Level.WARNING,
        gettext_lazy("The tag of {image} has moved in the registry since the ticket was filed."),
        gettext_lazy("Make sure that the newer image is the one that is meant."),
    ),
    "image-not-pulled": Kind(
        Level.NOTE,
        gettext_lazy(
            "The containers of {service} are made anew from the same tag; hosts that have it "
            "do not fetch it again."
        ),
        gettext_lazy("Set the label io.rancher.container.pull_image to always if the tag was pushed anew."),
    ),
    "already-running": Kind(
        Level.WARNING,
        gettext_lazy("{version} runs in {environment} already; its containers would be made anew."),
        gettext_lazy("Cancel the ticket if nothing else was meant."),
    ),
    "older-than-running": Kind(
        Level.WARNING,
        gettext_lazy("{version} is older than {running}, which runs in {environment} now."),
        gettext_lazy("Accept it if going back is meant."),
    ),
    "not-finished-before": Kind(
        Level.WARNING,
        gettext_lazy("{version} was not finished in {environment}, which comes before."),
        gettext_lazy("Finish it there first, or accept that it was not tried there."),
    ),
    # Compose files
    "compose-missing": Kind(
        Level.BLOCKER,
        gettext_lazy("The application {application} has no {file}."),
        gettext_lazy("Ask an administrator to add it to the application."),
    ),
    "compose-invalid": Kind(
        Level.BLOCKER,
        gettext_lazy("{file}, line {line}: {problem}"),
        gettext_lazy("Ask an administrator to correct the application's compose files."),
    ),
    "variable-unset": Kind(
        Level.BLOCKER,
        gettext_lazy("{variable} is used in {file}, line {line}, and has no value for {environment}."),
        gettext_lazy("Ask an administrator to set it in the placement."),
    ),
    # Nothing to do, and the way back
    "nothing-to-change": Kind(
        Level.NOTE,
        gettext_lazy("The service {service} stays as it is."),
        gettext_lazy("Nothing needs to be done."),
    ),
    "nothing-to-do": Kind(
        Level.BLOCKER,
        gettext_lazy("Everything in {environment} is already as this plan would make it."),
        gettext_lazy("Cancel the ticket, or give another version."),
    ),
    "scale-kept": Kind(
        Level.NOTE,
        gettext_lazy("{service} stays at {scale} containers; rancher-compose.yml says {in_file}."),
        gettext_lazy("An upgrade never changes the scale. Change it in Rancher if it is meant."),
    ),
    "settings-kept": Kind(
        Level.NOTE,
        gettext_lazy(
            "The files want other settings of {service} than it has: {settings}. They stay as they are."
        ),
        gettext_lazy("An upgrade changes containers only. Change these in Rancher if they are meant."),
    ),
    "sidekicks-removed": Kind(
        Level.WARNING,
        gettext_lazy("{service} loses its sidekicks {sidekicks}: the compose file has them no more."),
        gettext_lazy("Accept it if that is meant; rolling back brings them back."),
    ),
    "other-kind-kept": Kind(
        Level.NOTE,
        gettext_lazy("{service} ({kind}) stays as it is: a ticket changes services with containers only."),
        gettext_lazy("Nothing needs to be done."),
    ),
    "other-kind-differs": Kind(
        Level.WARNING,
        gettext_lazy(
            "The files and Rancher differ on {service} ({kind}): {settings}. It stays as it is in Rancher."
        ),
        gettext_lazy("A ticket changes services with containers only. Change it in Rancher if it is meant."),
    ),
    "balancer-not-made": Kind(
        Level.WARNING,
        gettext_lazy(
            "The files name the load balancer {service}, which does not exist; a ticket makes none."
        ),
        gettext_lazy("Make it in Rancher when the services that it leads to are there."),
    ),
    "balancer-needed": Kind(
        Level.BLOCKER,
        gettext_lazy("{service} links to the load balancer {balancer}, which does not exist yet."),
        gettext_lazy("Make the load balancer in Rancher first, or take the link out of the files."),
    ),
    "volume-not-made": Kind(
        Level.WARNING,
        gettext_lazy(
            "The volume {volume} has a driver or is made per container; this is not carried over to Rancher."
        ),
        gettext_lazy("Make the volume in Rancher before the start."),
    ),
    "no-health-check": Kind(
        Level.WARNING,
        gettext_lazy("{service} has no health check: running counts as well, its health stays unknown."),
        gettext_lazy("Add a health check, or look at the service yourself before you verify."),
    ),
    "created": Kind(
        Level.NOTE,
        gettext_lazy("The service {service} does not exist yet and will be made; rolling back removes it."),
        gettext_lazy("Nothing needs to be done."),
    ),
    "way-back-gone": Kind(
        Level.WARNING,
        gettext_lazy("The upgrade cannot be rolled back to what runs of {service} now: {reason}"),
        gettext_lazy("Accept it if going back by a new ticket is enough."),
    ),
    "too-big-a-batch": Kind(
        Level.WARNING,
        gettext_lazy("All {wanted} containers of {service} are replaced at once: nothing runs in between."),
        gettext_lazy("Ask an administrator for a smaller batch in the placement."),
    ),
    "global-service": Kind(
        Level.NOTE,
        gettext_lazy("{service} runs once on every host that fits: {wanted} now."),
        gettext_lazy("Nothing needs to be done."),
    ),
}

WORDS: dict[Level, str | Promise] = {
    Level.BLOCKER: gettext_lazy("Blocker"),
    Level.WARNING: gettext_lazy("Warning"),
    Level.NOTE: gettext_lazy("Note"),
}


def finding(code: str, *, about: str = "", **params: str | int) -> dict[str, Any]:
    """The fact to store. `about` (a service, a port) tells several of one code apart; it is part of the name.

    Raises ValueError when the table does not know the code, or its sentence needs another parameter.
    """
    kind = KINDS.get(code)
    if kind is None:
        raise ValueError(f"findings.KINDS has no {code!r}.")
    missing = _fields(kind) - params.keys()
    if missing:
        raise ValueError(f"The finding {code!r} lacks {sorted(missing)}.")
    name = f"{code}:{about}" if about else code
    return {"code": code, "name": name, "level": kind.level.value, **params}


def problem(code: str, **params: str | int) -> dict[str, Any]:
    """Why no plan can be made, as the fact to store: the same table, without name and level."""
    made = finding(code, about="", **params)
    return {name: value for name, value in made.items() if name not in ("name", "level")}


def render(fact: Mapping[str, Any]) -> Shown:
    """The finding, or plan problem, in the reader's language. A code of another release is shown as it is."""
    code = str(fact["code"])
    kind = KINDS.get(code)
    level = Level(fact.get("level", kind.level if kind else Level.BLOCKER))
    if kind is None or _fields(kind) - fact.keys():
        sentence, remedy = _("Preflight found “%(code)s”.") % {"code": code}, ""
    else:
        sentence, remedy = str(kind.sentence).format_map(fact), str(kind.remedy).format_map(fact)
    return Shown(str(fact.get("name", code)), level, str(WORDS[level]), sentence, remedy)


def names_of(findings: Iterable[Mapping[str, Any]], level: Level) -> list[str]:
    """The names of the findings of one level, each once, in order."""
    return list(dict.fromkeys(str(fact["name"]) for fact in findings if fact["level"] == level.value))


def open_warnings(findings: Sequence[Mapping[str, Any]], accepted: Iterable[str]) -> list[str]:
    """The names of the warnings that nobody has accepted yet."""
    done = set(accepted)
    return [name for name in names_of(findings, Level.WARNING) if name not in done]


def _fields(kind: Kind) -> set[str]:
    """The parameters that the words need, in the language of the moment."""
    texts = (str(kind.sentence), str(kind.remedy))
    return {field for text in texts for _text, field, _spec, _conversion in Formatter().parse(text) if field}
