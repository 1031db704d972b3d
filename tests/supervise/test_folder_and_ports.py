"""The demo's data folder and ports: nothing of others is touched, and what is taken is said."""

import socket
import stat

import pytest

from deploytickets.supervise import ports
from deploytickets.supervise.folder import DataFolder, FolderRefused


@pytest.fixture
def folder(tmp_path):
    taken = DataFolder(tmp_path / "demo")
    taken.take(fresh=False)
    yield taken
    taken.release()


def test_secrets_are_made_once_and_only_the_owner_reads_them(folder):
    made = folder.secrets()

    assert folder.secrets() == made
    assert set(made) == {"SECRET_KEY", "FIELD_KEYS", "PLAN_KEY"}
    assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600


def test_a_second_demo_on_the_same_folder_is_refused(folder):
    with pytest.raises(FolderRefused, match="already runs"):
        DataFolder(folder.path).take(fresh=True)


def test_a_folder_that_was_released_can_be_taken_again(folder):
    folder.release()
    second = DataFolder(folder.path)

    second.take(fresh=False)

    second.release()


def test_a_folder_that_is_not_a_demos_is_never_emptied(tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years of work")

    with pytest.raises(FolderRefused, match="not a demo's data folder"):
        DataFolder(tmp_path).take(fresh=True)

    assert (tmp_path / "thesis.txt").read_text() == "ten years of work"


def test_fresh_empties_the_demos_own_folder(folder):
    before = folder.secrets()
    folder.release()

    folder.take(fresh=True)

    assert folder.secrets() != before


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_passed_over(taken):
    assert ports.choose(taken) > taken


def test_a_taken_port_that_was_asked_for_is_named(taken):
    with pytest.raises(ports.PortTaken, match=str(taken)):
        ports.choose(taken, exactly=True)


def test_a_port_somebody_listens_on_is_seen(taken):
    assert ports.is_listening(taken)
    assert not ports.is_free(taken)
