"""Two people at the same moment: each call in a thread of its own, with its own database connection."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections


@dataclass(frozen=True)
class Outcomes:
    """What came of the calls, in no order."""

    values: list[Any]
    errors: list[BaseException]


def at_once(*calls: Callable[[], Any]) -> Outcomes:
    """Run the calls as simultaneously as threads can and wait for all of them."""
    ready = threading.Barrier(len(calls))
    outcomes = Outcomes([], [])

    def run(call: Callable[[], Any]) -> None:
        try:
            ready.wait(timeout=30)
            outcomes.values.append(call())
        except Exception as error:
            outcomes.errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a call hangs"
    return outcomes
