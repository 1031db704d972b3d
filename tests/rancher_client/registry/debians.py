"""Debian's docker-registry as a process of the test's own, and images pushed to it over HTTP."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

PROGRAM = "docker-registry"
PATIENCE = 20.0

IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


def program() -> str | None:
    """Where it is installed, or None."""
    return shutil.which(PROGRAM)


@contextmanager
def a_registry(folder: Path, storage: Path, **sections: Any) -> Iterator[str]:
    """Its address once it listens; `sections` are those of its configuration, over the plainest one."""
    tls = sections.pop("tls", None)
    http = {"addr": "127.0.0.1:0", **({"tls": tls} if tls else {})}
    configuration = {
        "version": 0.1,
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(storage)}, "delete": {"enabled": True}},
        "http": http,
        **sections,
    }
    (folder / "config.yml").write_text(yaml.safe_dump(configuration))
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program() or PROGRAM, "serve", str(folder / "config.yml")], stdout=output, stderr=output
        )
        try:
            yield f"{'https' if tls else 'http'}://{_where_it_listens(process, log)}"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _where_it_listens(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines(keepends=True):
            if line.endswith("\n") and (said := json.loads(line)["msg"]).startswith("listening on "):
                return str(said.removeprefix("listening on ").removesuffix(", tls"))
        time.sleep(0.01)
    raise AssertionError(f"The registry does not listen: {log.read_text()}")


def push(address: str, repository: str, tag: str, *, media_type: str = IMAGE, layer: str = "") -> str:
    """Push an image whose only layer is this text; its digest by our own count."""
    config = _push_blob(address, repository, b"{}")
    content = _push_blob(address, repository, f"{repository} {layer or tag}".encode())
    oci = media_type == OCI_IMAGE
    kind = "application/vnd.oci.image" if oci else "application/vnd.docker"
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": {"mediaType": f"{kind}.{'config.v1' if oci else 'container.image.v1'}+json", **config},
        "layers": [
            {"mediaType": f"{kind}.{'layer.v1.tar' if oci else 'image.rootfs.diff.tar.gzip'}", **content}
        ],
    }
    return _push_manifest(address, repository, tag, media_type, manifest)


def push_index(
    address: str, repository: str, tag: str, members: Mapping[str, str], *, media_type: str = LIST
) -> str:
    """Push one tag for several platforms (architecture -> digest); its digest by our own count."""
    member_type = OCI_IMAGE if media_type == OCI_INDEX else IMAGE
    sizes = {
        digest: len(_get(f"{address}/v2/{repository}/manifests/{digest}", member_type))
        for digest in members.values()
    }
    index = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": [
            {
                "mediaType": member_type,
                "digest": digest,
                "size": sizes[digest],
                "platform": {"architecture": architecture, "os": "linux"},
            }
            for architecture, digest in members.items()
        ],
    }
    return _push_manifest(address, repository, tag, media_type, index)


def forget(address: str, repository: str, digest: str) -> None:
    """Delete a manifest, and with it the tags that stand for it."""
    answer = requests.delete(f"{address}/v2/{repository}/manifests/{digest}", timeout=PATIENCE)
    assert answer.status_code == 202, answer.text


def _push_blob(address: str, repository: str, content: bytes) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    begun = requests.post(f"{address}/v2/{repository}/blobs/uploads/", timeout=PATIENCE)
    assert begun.status_code == 202, begun.text
    where = begun.headers["Location"]
    joint = "&" if "?" in where else "?"
    done = requests.put(f"{where}{joint}digest={digest}", data=content, timeout=PATIENCE)
    assert done.status_code == 201, done.text
    return {"digest": digest, "size": len(content)}


def _push_manifest(address: str, repository: str, tag: str, media_type: str, manifest: Any) -> str:
    raw = json.dumps(manifest, indent=3).encode()
    url = f"{address}/v2/{repository}/manifests/{tag}"
    done = requests.put(url, data=raw, headers={"Content-Type": media_type}, timeout=PATIENCE)
    assert done.status_code == 201, done.text
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _get(url: str, media_type: str) -> bytes:
    answer = requests.get(url, headers={"Accept": media_type}, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return answer.content
