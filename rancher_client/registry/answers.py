"""From a registry's answers to values, or to the errors that they stand for. Pure.

A registry is asked about what is about to be deployed, so "there is no such tag" must come from a registry
and not from a proxy's page: a 404 counts only with an error body of a registry's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from requests.utils import parse_header_links

from rancher_client.errors import (
    Invalid,
    KeyRefused,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RancherError,
    Throttled,
    Unusable,
)
from rancher_client.exchange import Reply
from rancher_client.registry.reference import is_digest, is_tag
from rancher_client.strict_json import json_in

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
"""One tag for several platforms; its digest is what Docker shows and pulls by."""

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)

SIGNED = (
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "application/vnd.docker.distribution.manifest.v1+json",
)
"""Manifests of before 2016. Their digest leaves the signatures out, so it is not that of the body."""

ACCEPTED = ", ".join(INDEXES + MANIFESTS)
"""What is asked for. Without the first two a registry answers with the manifest of one platform, and without
the last two with one converted to the old form; both have another digest than the tag's own
(distribution:registry/handlers/manifests.go)."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tag or digest stands for at this moment.

    Attributes:
        digest: "sha256:…"; what a container was made from for good, while a tag can move.
        media_type: its form, one of `INDEXES`, `MANIFESTS` or `SIGNED`.
    """

    digest: str
    media_type: str


def manifest_in(reply: Reply, *, asked: str, has_body: bool) -> Manifest | None:
    """The manifest that a 2xx answer tells of, or None where only a body could tell and there is none.

    `asked` is the tag or digest that was asked for. Raises Unusable where the answer is no manifest's, or its
    digest is not that of its body or not the one asked for.
    """
    media_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in INDEXES + MANIFESTS + SIGNED:
        raise Unusable("The answer is not a manifest; a login page or a proxy may have answered.")
    told = reply.headers.get("docker-content-digest", "")
    if told and not is_digest(told):
        raise Unusable("The registry names something that is no digest.")
    if has_body and media_type not in SIGNED:
        told = _digest_of(reply.body, told)
    if not told:
        if not has_body:
            return None
        raise Unusable("The registry names no digest for a manifest of the signed form.")
    if is_digest(asked) and told != asked:
        raise Unusable("The registry answers with another manifest than the one asked for.")
    return Manifest(told, media_type)


def tags_in(body: bytes) -> list[str]:
    """The tags on one page of a list; `null`, where the last tag was deleted, is none.

    Raises Unusable where it is no such list.
    """
    value = json_in(body)
    tags = value.get("tags", 0) if isinstance(value, dict) and isinstance(value.get("name"), str) else 0
    if tags is None:
        return []
    if not isinstance(tags, list) or not all(isinstance(tag, str) and is_tag(tag) for tag in tags):
        raise Unusable("The answer is JSON, but not a list of tags.")
    return tags


def next_query(reply: Reply) -> str | None:
    """The query of the next page, or None on the last one (header Link, rel "next").

    Only the query is taken: where the list is asked for is no server's to say.
    """
    for link in parse_header_links(reply.headers.get("link", "")):
        if link.get("rel", "").lower() == "next":
            query = urlsplit(link.get("url", "")).query
            if not re.fullmatch(r"[!-~]{1,2000}", query):
                raise Unusable("The registry's link to the next page has no query.")
            return query
    return None


def error_for(reply: Reply, *, method: str, url: str, has_token: bool = False) -> RancherError:
    """The error that a status other than 2xx stands for (distribution:docs/spec/api.md, "Errors").

    `has_token`: the request carried a token. A registry then says 401 where the token's owner may not read
    the repository, because the one who gave the token has found the password right.
    """
    code, text = _words_in(reply.body)
    about: dict[str, Any] = {
        "method": method,
        "url": url,
        "status": reply.status,
        "code": code,
        "retry_after": reply.retry_after,
    }
    if reply.status >= 500:
        return OutcomeUnknown(text or "The registry failed.", **about)
    if reply.status == 429:
        return Throttled(text or "The registry asks us to come less often.", **about)
    if 300 <= reply.status < 400:
        return Unusable("The address answers with a redirect, which is never followed.", **about)
    if reply.status == 401 and not has_token:
        return KeyRefused(text or "The registry does not take this name and password.", **about)
    if reply.status in (401, 403):
        return NotAllowed(text or "The registry does not let us read this.", **about)
    if code is None:
        return Unusable("The answer does not come from a registry.", **about)
    return {404: NotFound}.get(reply.status, Invalid)(text or "The registry gives no reason.", **about)


def _digest_of(body: bytes, told: str) -> str:
    algorithm = told.partition(":")[0] or "sha256"
    found = f"{algorithm}:{hashlib.new(algorithm, body).hexdigest()}"
    if told and found != told:
        raise Unusable("The registry's digest is not that of the manifest it sent.")
    return found


def _words_in(body: bytes) -> tuple[str | None, str]:
    """Code and sentence of the first error in an error body; None where it is not a registry's."""
    for error in _errors_in(body):
        code, message = error.get("code"), error.get("message")
        if isinstance(code, str) and re.fullmatch(r"[A-Z][A-Z0-9_]{1,63}", code):
            return code, message if isinstance(message, str) else ""
    return None, ""


def _errors_in(body: bytes) -> Iterator[Mapping[str, Any]]:
    with contextlib.suppress(Unusable):
        value = json_in(body)
        errors = value.get("errors") if isinstance(value, dict) else None
        if isinstance(errors, list):
            yield from (error for error in errors if isinstance(error, dict))
