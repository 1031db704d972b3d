"""How bodies travel: JSON in, JSON out, whatever the headers would rather have."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request


class StrictJSON(JSONParser):
    """One JSON value in UTF-8 (RFC 8259); a name that is there twice is refused, not guessed about."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value. Raises ParseError."""
        try:
            text = stream.read().decode("utf-8")
            return json.loads(text, parse_constant=_no_number, object_pairs_hook=_once_each)
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        except ValueError as error:
            # The message of a decoding error shows bytes of the body; they may be somebody's secret.
            reason = str(error) if isinstance(error, json.JSONDecodeError | _Refused) else ""
            raise ParseError(_("The body is no JSON in UTF-8. %(reason)s") % {"reason": reason}) from None


class _Refused(ValueError):
    """Python would take it, JSON does not."""


def _no_number(constant: str) -> float:
    raise _Refused(_("%(constant)s is no number in JSON.") % {"constant": constant})


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Refused(_("An object in it holds a name twice."))
    return value


class AnyText(JSONRenderer):
    """Readable UTF-8; escaped where an answer quotes half a character, which UTF-8 cannot hold."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The answer's bytes."""
        try:
            return super().render(data, accepted_media_type, renderer_context)
        except UnicodeEncodeError:
            return json.dumps(data, cls=self.encoder_class, ensure_ascii=True).encode()


class AlwaysJSON(DefaultContentNegotiation):
    """Answers are JSON whatever Accept asks for: a problem has to reach its reader in any case."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        first = next(iter(renderers))
        return first, first.media_type
