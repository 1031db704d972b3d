"""In which order the services of a plan are started, and rolled back. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from deploytickets.tickets.plans import PlannedService

Needs = Mapping[str, Sequence[str]]
"""For each service the names of those that must be there before it."""


def needs_of(services: Iterable[PlannedService]) -> Needs:
    """What each service of the plan waits for, as far as that is in the plan itself."""
    of_plan = tuple(services)
    names = {service.name for service in of_plan}
    return {
        service.name: tuple(need for need in service.depends_on if need in names and need != service.name)
        for service in of_plan
    }


def waves(needs: Needs) -> tuple[tuple[str, ...], ...]:
    """The names in waves: those of one wave are independent of each other and go at once.

    A circle has no right order; it is cut at the service whose name comes first, the same way
    every time.
    """
    left = {name: (set(wanted) & needs.keys()) - {name} for name, wanted in needs.items()}
    found: list[tuple[str, ...]] = []
    while left:
        free = sorted(name for name, wanted in left.items() if not wanted)
        wave = free or [_cut(left)]
        found.append(tuple(wave))
        for name in wave:
            del left[name]
        for wanted in left.values():
            wanted.difference_update(wave)
    return tuple(found)


def in_order(services: Iterable[PlannedService]) -> tuple[PlannedService, ...]:
    """The services, each after those it depends on; independent ones by name. Roll back goes in reverse."""
    by_name = {service.name: service for service in services}
    return tuple(by_name[name] for wave in waves(needs_of(by_name.values())) for name in wave)


def _cut(left: Mapping[str, set[str]]) -> str:
    """One service of a circle, not merely one that waits for a circle: the first by name."""

    def reaches_itself(name: str) -> bool:
        ahead, seen = list(left[name]), set()
        while ahead:
            need = ahead.pop()
            if need == name:
                return True
            if need not in seen:
                seen.add(need)
                ahead.extend(left.get(need, ()))
        return False

    return min(name for name in left if reaches_itself(name))
