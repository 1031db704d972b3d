"""Holds an engine to announcing every row that looks different, as a Rancher tells its websockets."""

from __future__ import annotations

from typing import Any

from rancher_client.simulator.engine import Engine

KINDS = ("project", "host", "stack", "service", "container", "serviceLog", "pullTask", "volumeTemplate")

Views = dict[tuple[str, int], dict[str, Any]]


class Announcements:
    """Compares how all rows look with how they looked at the last comparison."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen = views_of(engine)
        engine.take_changes()

    def check(self) -> None:
        """Assert that what looks different was announced; takes the announcements."""
        told = set(self._engine.take_changes())
        now = views_of(self._engine)
        silent = {
            key: sorted(name for name in view if view[name] != self._seen.get(key, {}).get(name, ...))
            for key, view in now.items()
            if key not in told and view != self._seen.get(key)
        }
        self._seen = now
        assert silent == {}, "rows that changed in silence, and what of them"


class Announcing:
    """An engine that is checked after each call and each event; in a lab, in place of the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._announcements = Announcements(engine)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def create(self, *args: Any, **options: Any) -> int:
        number = self._engine.create(*args, **options)
        self._announcements.check()
        return number

    def update(self, *args: Any, **options: Any) -> None:
        self._engine.update(*args, **options)
        self._announcements.check()

    def act(self, *args: Any, **options: Any) -> Any:
        answer = self._engine.act(*args, **options)
        self._announcements.check()
        return answer

    def delete(self, *args: Any) -> None:
        self._engine.delete(*args)
        self._announcements.check()

    def advance(self, to: float) -> None:
        self._announcements.check()  # of what a lever did
        while (due := self._engine.due_at()) is not None and due <= to:
            self._engine.advance(due)
            self._announcements.check()
        self._engine.advance(to)
        self._announcements.check()


def views_of(engine: Engine) -> Views:
    """Every row there is or was, as the API shows it, without what is known of it by other rows only.

    A process of a row is announced; what hosts report of a container is written to theirs without any.
    """
    found: Views = {}
    for kind in KINDS:
        number = 1
        while number <= 40 or (kind, number - 1) in found:
            view = engine.view(kind, number)
            if view is not None:
                found[kind, number] = {n: value for n, value in view.items() if n != "healthcheckStates"}
            number += 1
    return found
