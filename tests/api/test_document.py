"""The OpenAPI document says what there is, all of it, and nothing else; its page needs nothing inline."""

import json
import re
from contextlib import closing

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

UNDOCUMENTED = {"/api/v1/openapi.json", "/api/v1/docs"}
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document():
    GENERATOR_STATS.reset()
    made = SchemaGenerator().get_schema(public=True)
    assert not GENERATOR_STATS, "the generator had to guess"
    return made


def _addresses(resolver, before="/"):
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern, path)
        elif isinstance(pattern, URLPattern) and path.startswith("/api/v1/"):
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), pattern.callback.cls


def operations(document):
    return [
        (path, method, operation)
        for path, found in document["paths"].items()
        for method, operation in found.items()
    ]


def test_the_document_is_valid_openapi(document):
    validate_schema(document)


def test_every_address_and_method_is_in_the_document_and_no_other(document):
    there = {
        (path, method)
        for path, endpoint in _addresses(get_resolver())
        for method in METHODS
        if hasattr(endpoint, method) and path not in UNDOCUMENTED
    }

    assert {(path, method) for path, method, _operation in operations(document)} == there
    assert len(there) > 25


def test_every_operation_tells_its_problems_and_its_way_in(document):
    for path, method, operation in operations(document):
        codes = set(operation["responses"])
        assert {"401", "403", "429", "500"} <= codes, (path, method)
        if method in ("post", "patch"):
            assert {"400", "413", "415", "422"} <= codes, (path, method)
        if "{key}" in path:
            assert "404" in codes, (path, method)
        for code in codes - {"200", "201", "204"}:
            content = operation["responses"][code]["content"]
            assert list(content) == ["application/problem+json"], (path, method, code)
            assert operation["responses"][code]["description"], (path, method, code)
        assert operation["security"] == [{"token": []}, {"session": []}]
        assert operation["summary"]


def test_every_post_takes_an_idempotency_key(document):
    for path, method, operation in operations(document):
        names = [parameter["name"] for parameter in operation.get("parameters", ())]
        assert ("Idempotency-Key" in names) is (method == "post"), path


def test_bodies_take_no_other_fields_than_the_document_says(document, calls, olga, file_ticket):
    ticket = file_ticket()
    for path, method, operation in operations(document):
        if "requestBody" not in operation:
            continue
        answer = calls(olga).send(
            method, path.removeprefix("/api/v1").replace("{key}", ticket.key), {"no_such_field": 1}
        )
        assert (answer.status_code, list(answer.json()["fields"])) == (422, ["no_such_field"]), path


def test_the_document_is_served_to_everybody(db):
    answer = Client().get("/api/v1/openapi.json")

    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Deploy Tickets"
    assert "/api/v1/tickets/{key}/approve" in answer.json()["paths"]
    assert json.dumps(answer.json())


def test_the_page_loads_only_files_of_ours_and_has_nothing_inline(db):
    client = Client()

    page = client.get("/api/v1/docs")
    text = page.content.decode()

    assert page.status_code == 200
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert "<style" not in text
    assert re.search(r"<script(?![^>]*\bsrc=)", text) is None
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(addresses) >= 4
    for address in addresses:
        assert address.startswith("/"), address
        with closing(client.get(address.replace("&amp;", "&"))) as part:
            assert part.status_code == 200, address


def test_the_script_of_the_page_names_the_document(db):
    script = Client().get("/api/v1/docs?script=")

    assert script.headers["Content-Type"].startswith("application/javascript")
    assert "/api/v1/openapi.json" in script.content.decode()
