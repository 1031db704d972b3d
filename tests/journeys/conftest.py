"""The whole product as real processes around a simulated Rancher, and browsers for its people."""

import contextlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from deploytickets.supervise import company, demo, ports
from deploytickets.supervise.folder import DataFolder
from deploytickets.supervise.processes import Program
from deploytickets.supervise.supervisor import Supervisor
from rancher_client.simulator.engine import Site, Timing
from rancher_client.simulator.server import SimulatorServer

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).resolve().parents[2]
SPEED = 4.0
"""Virtual seconds per real one: containers start and get healthy four times as fast."""

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Product:
    """A running product: where it is, the Rancher that it drives, and who keeps its processes."""

    url: str
    rancher: SimulatorServer
    supervisor: Supervisor
    folder: Path


@contextlib.contextmanager
def running(path: Path, *, with_redis: bool) -> Iterator[Product]:
    """Start everything as the demo does, on free ports, and stop it."""
    folder = DataFolder(path)
    for name in ("redis", "static"):
        (path / name).mkdir()
    key = (secrets.token_hex(10).upper(), secrets.token_urlsafe(30))
    redis_port = ports.choose(26379)
    at = demo.Ports(web=ports.choose(28000), redis=redis_port, simulator=0)
    env = demo.environment(folder, at) | {"TICKET_FIRST_NUMBER": "111", "PYTHONPATH": str(ROOT)}
    supervisor = Supervisor()
    with SimulatorServer(
        seed=company.rancher(*key),
        timing=Timing.ordinary(),
        site=Site(),
        start=time.time() - 3600,
        speed=SPEED,
    ) as rancher:
        rancher.advance(120)
        try:
            seed = [sys.executable, "-m", "tests.journeys.set_up", rancher.url, *key]
            assert supervisor.run_to_end(Program("set up", seed, env)) == 0
            if with_redis:
                supervisor.start(demo.redis_program(folder, at))
            for program in demo.product_programs(env, at):
                supervisor.start(program)
            yield Product(env["BASE_URL"], rancher, supervisor, path)
        finally:
            supervisor.stop()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running(tmp_path_factory.mktemp("product"), with_redis=True) as started:
        yield started


@pytest.fixture(scope="session")
def product_without_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The same with nothing listening where Redis should be, from the beginning to the end."""
    with running(tmp_path_factory.mktemp("product-without-redis"), with_redis=False) as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("The browser tests need Debian's chromium: apt-get install chromium")
        pytest.skip("The browser tests need chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(chromium: Browser) -> Iterator[SignIn]:
    """A window of a person of the demo company; whatever its console complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(product: Product, username: str, **settings: object) -> Page:
        context = chromium.new_context(base_url=product.url, **settings)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if _is_wrong(message) else None)
        page.goto("/sign-in")
        page.get_by_label("User name").fill(username)
        page.get_by_label("Password").fill(f"{username}-of-the-demo")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


REFUSED = re.compile(r"status of 4|Status Error Code 4|\[object Event\]")
"""A decision that is refused is answered by 4xx, of which browser and htmx complain as well."""


def _is_wrong(message: object) -> bool:
    """Is it an error of ours?"""
    return getattr(message, "type", "") == "error" and not REFUSED.search(getattr(message, "text", ""))
