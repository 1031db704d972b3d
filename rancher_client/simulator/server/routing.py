"""From a path to the answer that belongs there (rancher-1.6-api.md 1.1, chapter 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import access_control, collections, errors, rendering
from .access import Perspective
from .answers import Answer, Done, text
from .changing import Writer
from .collections import Query
from .directory import Directory
from .ids import may_be_id
from .listing import Lister
from .reading import Reader, ref_of
from .requests import Address, Request
from .schemas import Schema

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
_SETTING_WORDS = ("setting", "settings", "activesetting", "activesettings")


class Router:
    """Finds who answers a request that is authenticated and in a scope."""

    def __init__(self, reader: Reader, lister: Lister, writer: Writer, directory: Directory) -> None:
        self._reader = reader
        self._lister = lister
        self._writer = writer
        self._directory = directory

    def answer(
        self, request: Request, address: Address, body: Mapping[str, Any], seen: Perspective
    ) -> Answer:
        """The answer. Raises Refused for every no."""
        if request.method not in _METHODS:
            raise errors.plain(405)
        words = address.words
        if not words:
            return self._version(request, seen)
        special = words[0].lower()
        if special in ("schema", "schemas"):
            return self._schemas(words[1:], request, seen)
        if len(words) > 1 and not may_be_id(words[1]):
            raise errors.plain(404)
        if special in _SETTING_WORDS:
            return self._settings(words[1:], request, body, seen)
        if special == "subscribe":
            return self._subscribe(request, seen)
        schema = self.schema_at(words[0], seen)
        if schema is None or len(words) > 3:
            raise errors.plain(404)
        seen = replace(seen, asked_for=schema.id)
        if schema.id == "localAuthConfig":
            return self._access_control(words[1:], request, body, seen)
        if len(words) == 1:
            return self._collection(schema, request, body, seen)
        if len(words) == 3 and request.method == "GET":
            return self._lister.link(schema, words[1], words[2], request, seen)
        return self._resource(schema, words[1], request, body, seen)  # only a GET looks at the link

    def schema_at(self, word: str, seen: Perspective) -> Schema | None:
        """The type a word of the path names; v1 stacks and services are ruled by v2-beta schemas (1.8)."""
        named = seen.schemas.at_path(word)
        if named is None:
            return None
        ruling = replace(seen, asked_for=named.id).ruling
        return ruling.get("stack" if named.id == "environment" else named.id)

    def _collection(
        self, schema: Schema, request: Request, body: Mapping[str, Any], seen: Perspective
    ) -> Answer:
        match request.method:
            case "GET" if "GET" in schema.collection_methods:
                return self._lister.collection(schema, request, seen)
            case "POST" if request.parameter("action") is not None:
                raise errors.invalid_action()
            case "POST":
                return self._writer.create(schema, body, request, seen)
        raise errors.plain(405)

    def _resource(
        self, schema: Schema, word: str, request: Request, body: Mapping[str, Any], seen: Perspective
    ) -> Answer:
        match request.method:
            case "GET":
                return self._reader.resource(ref_of(schema, word), request, seen)
            case "POST":
                return self._writer.act(schema, word, request.parameter("action"), body, request, seen)
            case "PUT":
                return self._writer.update(schema, word, body, request, seen)
        return self._writer.delete(schema, word, request, seen)

    def _version(self, request: Request, seen: Perspective) -> Answer:
        """The `apiVersion`, whose links name every collection that the caller may see."""
        if request.method != "GET":
            raise errors.plain(405)
        links = {
            schema.plural: seen.prefix.url(f"/{schema.path}")
            for schema in seen.schemas
            if "GET" in schema.collection_methods
        }
        links["self"] = seen.prefix.root + request.path
        version = str(seen.version)
        return Answer(
            200,
            {
                "id": version,
                "type": "apiVersion",
                "links": dict(sorted(links.items())),
                "actions": {},
                "baseType": "apiVersion",
            },
        )

    def _schemas(self, words: tuple[str, ...], request: Request, seen: Perspective) -> Answer:
        """The schemas as the role sees them, by whatever method (gdapi: SchemasHandler.java)."""
        if words:
            schema = seen.schemas.at_path(words[0])
            if schema is None or len(words) > 1:
                raise errors.plain(404)
            return Answer(200, rendering.schema_resource(schema, seen))
        data = [rendering.schema_resource(schema, seen) for schema in seen.schemas]
        url = seen.prefix.url("/schemas")
        return Answer(
            200,
            collections.collection(resource_type="schema", url=url, query=None, schema=None, data=data),
        )

    def _settings(
        self, words: tuple[str, ...], request: Request, body: Mapping[str, Any], seen: Perspective
    ) -> Answer:
        """Settings are read by everybody and written by admins; the list ignores limit and marker (1.6)."""
        settings = self._directory.settings
        schema = seen.schemas.get("setting")
        if schema is None or len(words) > 1:
            raise errors.plain(404)
        if words:
            name = words[0]
            if request.method == "POST" and request.parameter("action") is not None:
                raise errors.invalid_action()
            if request.method not in schema.resource_methods:
                raise errors.plain(405)
            if name not in settings:
                raise errors.plain(404)
            if request.method == "PUT":
                settings[name] = str(body.get("value", settings[name]))
            elif request.method != "GET":
                raise errors.plain(405)
            done = Done("update", "setting", request=dict(body)) if request.method == "PUT" else None
            return Answer(200, rendering.setting(name, settings[name], seen), done=done)
        if request.method != "GET":
            raise errors.plain(405)
        query = Query.read(request.query_text, schema)
        data = [rendering.setting(name, settings[name], seen) for name in sorted(settings)]
        return Answer(
            200,
            collections.collection(
                resource_type="setting",
                url=seen.prefix.root + request.path,
                query=query,
                schema=schema,
                data=data,
                more=query.limit < len(data),
            ),
        )

    def _access_control(
        self, words: tuple[str, ...], request: Request, body: Mapping[str, Any], seen: Perspective
    ) -> Answer:
        """Whether access control is on: a list with one row, and a POST that sets it up (1.3)."""
        if words or request.method not in ("GET", "POST"):
            raise errors.plain(404 if words else 405)
        if request.method == "POST":
            return access_control.set_up(body, self._directory)
        return access_control.shown(seen.prefix.root + request.path, self._directory)

    def _subscribe(self, request: Request, seen: Perspective) -> Answer:
        """Without an upgrade to a websocket: an empty list, and a POST without effect (8)."""
        schema = seen.schemas.get("subscribe")
        if schema is None:
            raise errors.plain(404)
        if request.method == "POST":
            return text(201, "")
        if request.method != "GET":
            raise errors.plain(405)
        url = seen.prefix.root + request.path
        query = collections.Query.read(request.query_text, schema)
        return Answer(
            200,
            collections.collection(
                resource_type=schema.id, url=url, query=query, schema=schema, data=[], paged=False
            ),
        )
