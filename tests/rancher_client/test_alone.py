"""The client needs nothing of the product: no Django, no other package than those that it names."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from rancher_client.simulator.server import SimulatorServer

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ROOT / "rancher_client"
EXAMPLE = ROOT / "docs" / "examples" / "what_runs_where.py"
ITS_OWN = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
THE_PRODUCTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

SHUT = """
import sys

class Shut:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in {shut!r}:
            raise ModuleNotFoundError(top + " is not there", name=top)

sys.meta_path.insert(0, Shut())
"""


def name_of(requirement: str) -> str:
    """The name of a distribution in its normal form."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement)[0]).lower()


def with_all_below(names: set[str]) -> set[str]:
    """The distributions and all that they need by themselves."""
    found: set[str] = set()
    while names - found:
        found |= names
        needed = (requires(name) or [] for name in names)
        names = names | {name_of(one) for of_one in needed for one in of_one if "extra ==" not in one}
        names &= {name_of(name) for of_one in packages_distributions().values() for name in of_one}
    return found


def imports_without(allowed: set[str]) -> str:
    """A program's beginning after which every installed package but the allowed ones is missing."""
    shut = {
        top
        for top, distributions in packages_distributions().items()
        if not {name_of(name) for name in distributions} & allowed
    }
    return SHUT.format(shut=(shut | {"deploytickets"}) - {"rancher_client", "pkg_resources"})


def modules(*, of_the_simulator: bool) -> list[str]:
    files = [file for file in sorted(CLIENT.rglob("*.py")) if file.name != "__main__.py"]
    parts = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    names = [".".join(part for part in one if part != "__init__") for one in parts]
    return [name for name in names if (".simulator" in name or ".capture" in name) == of_the_simulator]


def run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_module_is_imported_with_nothing_but_the_named_packages():
    named = {name_of(one) for one in ITS_OWN["dependencies"]}
    wanted = modules(of_the_simulator=False)

    done = run(imports_without(with_all_below(named)) + "\n".join(f"import {name}" for name in wanted))

    assert (done.returncode, done.stderr) == (0, "")
    assert len(wanted) > 40


def test_the_simulator_needs_its_extra_and_nothing_more():
    extra = ITS_OWN["optional-dependencies"]["simulator"]
    named = {name_of(one) for one in [*ITS_OWN["dependencies"], *extra]}

    done = run(
        imports_without(with_all_below(named))
        + "\n".join(f"import {name}" for name in modules(of_the_simulator=True))
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_shut_is_really_missing():
    done = run(imports_without(set()) + "import rancher_client.cattle")

    assert "requests is not there" in done.stderr


def test_the_versions_are_those_that_the_product_is_tested_with():
    own = [*ITS_OWN["dependencies"], *ITS_OWN["optional-dependencies"]["simulator"]]
    of_the_product = set(THE_PRODUCTS["dependencies"])

    assert {one for one in own if name_of(one) != "urllib3"} <= of_the_product
    assert ITS_OWN["requires-python"] == THE_PRODUCTS["requires-python"]


def test_the_script_lists_what_runs_where_without_the_product():
    with SimulatorServer(speed=0, seed=SEED) as server:
        server.advance(30)
        [project] = SEED["projects"]
        [key] = project["keys"]
        named = {name_of(one) for one in ITS_OWN["dependencies"]}
        run_it = f"runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')"

        done = run(
            imports_without(with_all_below(named)) + "import runpy; " + run_it,
            PYTHONPATH=str(ROOT),
            RANCHER_URL=server.url,
            RANCHER_ACCESS_KEY=key["access"],
            RANCHER_SECRET_KEY=key["secret"],
        )

    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["PROJECT", "SERVICE", "IMAGE", "HOST", "STATE", "WHY"]
    assert [line.split()[:3] for line in lines] == [
        ["shopping", "shop/web", "registry.example/shop:1.0.1"]
    ] * 2
    assert {line.split()[4] for line in lines} == {"running"}


def test_a_server_that_cannot_be_asked_is_said_and_not_traced():
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        cwd=ROOT,
        env={
            "PYTHONPATH": str(ROOT),
            "RANCHER_URL": "http://127.0.0.1:1",
            "RANCHER_ACCESS_KEY": "a",
            "RANCHER_SECRET_KEY": "canary-secret",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "Connection refused" in done.stderr
    assert "Traceback" not in done.stderr
    assert "canary-secret" not in done.stderr


@pytest.mark.long
def test_a_wheel_holds_all_of_it_and_nothing_else(tmp_path):
    """Fetches the build backend from the package index, as every `pip install ./rancher_client` does."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, CLIENT],
        check=True,
        timeout=120,
    )

    [wheel] = tmp_path.glob("rancher_client-*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = (file for file in CLIENT.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    assert held == {file.relative_to(ROOT).as_posix() for file in wanted} - {"rancher_client/pyproject.toml"}


SEED = {
    "projects": [
        {
            "name": "shopping",
            "hosts": 2,
            "keys": [{"access": "E" * 20, "secret": "s" * 40}],
            "stacks": [
                {
                    "name": "shop",
                    "services": [
                        {
                            "name": "web",
                            "scale": 2,
                            "startOnCreate": True,
                            "launchConfig": {"imageUuid": "docker:registry.example/shop:1.0.1"},
                        }
                    ],
                }
            ],
        }
    ]
}
