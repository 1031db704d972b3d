"""The supervisor prefixes output, restarts what dies, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploytickets.supervise.processes import Program
from deploytickets.supervise.supervisor import NotReady, Supervisor

WITHIN_S = 20.0


@pytest.fixture
def supervisor():
    kept = Supervisor()
    yield kept
    kept.stop()


def script(name: str, code: str, **options) -> Program:
    return Program(name, [sys.executable, "-c", code], {}, **options)


def wait_for(condition) -> None:
    until = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    return "State:\tZ" not in status


def writes_its_pid(folder: Path, then: str = "signal.pause()") -> str:
    return f"import os, signal, time; open(r'{folder}/' + str(os.getpid()), 'w').close(); {then}"


def pids(folder: Path) -> list[int]:
    return sorted(int(entry.name) for entry in folder.iterdir())


def test_each_line_carries_the_name_of_its_program(supervisor, capfd):
    assert supervisor.run_to_end(script("greeter", "print('good morning'); print('and good night')")) == 0

    lines = capfd.readouterr().out.splitlines()
    assert [line.split(" | ") for line in lines] == [
        ["  greeter", "good morning"],
        ["  greeter", "and good night"],
    ]


def test_a_program_is_waited_for_until_it_is_ready(supervisor, tmp_path):
    sign = tmp_path / "ready"

    supervisor.start(
        script("slow", f"open(r'{sign}', 'w').close(); import signal; signal.pause()", is_ready=sign.exists)
    )

    assert sign.exists()


def test_a_program_that_ends_before_it_is_ready_is_named(supervisor):
    with pytest.raises(NotReady, match="broken ended with code 3"):
        supervisor.start(script("broken", "raise SystemExit(3)", is_ready=lambda: False))


def test_what_dies_is_started_again(supervisor, tmp_path, capfd):
    supervisor.start(script("worker", writes_its_pid(tmp_path)))
    wait_for(lambda: len(pids(tmp_path)) == 1)
    os.kill(pids(tmp_path)[0], signal.SIGKILL)

    def is_back() -> bool:
        supervisor.look_after()
        return len(pids(tmp_path)) == 2

    wait_for(is_back)
    assert "worker | ended with code -9; starting it again" in capfd.readouterr().out


def test_a_stop_leaves_nothing_behind_not_even_grandchildren_or_the_deaf(supervisor, tmp_path):
    grandchild = (
        "import subprocess, sys; "
        f"subprocess.Popen([sys.executable, '-c', {writes_its_pid(tmp_path)!r}]); " + writes_its_pid(tmp_path)
    )
    supervisor.start(script("parent", grandchild))
    wait_for(lambda: len(pids(tmp_path)) == 2)

    supervisor.stop()

    wait_for(lambda: not any(is_alive(pid) for pid in pids(tmp_path)))


def test_programs_die_with_a_supervisor_that_was_killed(tmp_path):
    code = f"""
import sys
from deploytickets.supervise.processes import Program
from deploytickets.supervise.supervisor import Supervisor
supervisor = Supervisor()
supervisor.start(Program("child", [sys.executable, "-c", {writes_its_pid(tmp_path)!r}], {{}}))
supervisor.run_until_stopped()
"""
    killed = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    wait_for(lambda: len(pids(tmp_path)) == 1)

    killed.kill()
    killed.wait()

    wait_for(lambda: not is_alive(pids(tmp_path)[0]))
