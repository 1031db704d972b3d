"""The websocket as a stream of hints."""

import threading
from dataclasses import replace

import pytest

from deploytickets.drivers.errors import RancherError
from tests.drivers.orders import soon
from tests.workshop import Workshop


def test_a_change_in_rancher_is_a_hint_to_look_again(rancher: Workshop) -> None:
    driver = rancher.driver
    with driver.wake_ups() as hints:
        driver.create_stack("new", send_by=soon())
        rancher.advance(2)

        assert any(hint for hint in hints)


def test_the_stream_ends_when_it_is_lost(rancher: Workshop) -> None:
    with rancher.driver.wake_ups() as hints:
        closing = threading.Thread(target=rancher.server.break_websockets)
        closing.start()
        rest = list(hints)
        closing.join()

    assert not any(rest)


def test_a_key_that_is_refused_opens_no_stream(rancher: Workshop) -> None:
    stranger = replace(rancher, secret_key="wrong")

    with pytest.raises(RancherError), stranger.driver.wake_ups():
        pass
