"""What the compose executor says after the server has stopped waiting for it (3.1, 3.4).

Source: cattle:code/iaas/logic-common/.../EventBasedProcessHandler.java, RetryTimeoutServiceImpl.java.
"""

from __future__ import annotations

import pytest

from .stack_lab import StackLab

TEXT = "a: {image: 'r/a:${VERSION}'}\n"


@pytest.fixture
def lab() -> StackLab:
    """A stack whose upgrade takes 95 seconds: longer than two waits, shorter than the third try's turn."""
    return StackLab()


def slow_upgrade(lab: StackLab, seconds: float) -> int:
    stack = lab.stack_of(TEXT, "")
    lab.engine.levers.image("r/a:2", start=seconds)
    lab.upgrade_stack(stack, TEXT, "")
    return stack


def test_an_answer_between_two_tries_is_not_heard(lab: StackLab) -> None:
    stack = slow_upgrade(lab, 93.0)
    a = lab.named(stack, "a")
    lab.until(a, "upgraded")
    lab.wait(2)

    assert lab.stack_state(stack)[0] == "upgrading"
    took = lab.until_stack(stack, "upgraded")
    assert took > 1


def test_an_answer_after_a_cancel_is_not_heard_either(lab: StackLab) -> None:
    stack = slow_upgrade(lab, 100.0)
    lab.wait(92)
    lab.engine.act("stack", stack, "cancelupgrade", {})
    lab.until_stack(stack, "canceled-upgrade", within=2)

    lab.wait(60)

    view = lab.stack_view(stack)
    assert lab.states(stack) == {"a": "upgraded"}
    assert (view["state"], view["externalId"]) == ("canceled-upgrade", "a:1")


def refused_late(lab: StackLab) -> int:
    """An upgrade whose second service is busy, which is found out when the first one has come up."""
    text = TEXT + "b: {image: 'r/b:${VERSION}', links: [a]}\n"
    stack = lab.stack_of(text, "")
    lab.engine.levers.start_fails("r/b:9", "no such thing")
    busy = {"inServiceStrategy": {"launchConfig": {"imageUuid": "docker:r/b:9"}}}
    lab.engine.act("service", lab.named(stack, "b"), "upgrade", busy)
    lab.wait(2)
    lab.engine.levers.image("r/a:2", start=91.0)
    lab.upgrade_stack(stack, text, "")
    return stack


def test_an_error_between_two_tries_does_not_show(lab: StackLab) -> None:
    stack = refused_late(lab)
    lab.until(lab.named(stack, "a"), "upgraded")
    lab.wait(3)
    assert lab.stack_state(stack) == ("upgrading", "yes", "Upgrading stack")

    lab.wait(20)

    assert "Service b must be state=active or inactive" in str(lab.stack_state(stack)[2])


def test_an_error_after_a_cancel_does_not_show_either(lab: StackLab) -> None:
    stack = refused_late(lab)
    lab.wait(91)
    lab.engine.act("stack", stack, "cancelupgrade", {})

    lab.wait(60)

    assert lab.stack_state(stack) == ("canceled-upgrade", "no", None)
