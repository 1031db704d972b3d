"""Pages and API for a WSGI server (gunicorn in production)."""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploytickets.settings")
_django = get_wsgi_application()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django, shown of Content-Type only what matters: the type and a form's boundary.

    Addresses and bodies are UTF-8. Django would read them by the charset that is named there before any
    middleware could say so, and breaks on those that are no encoding of text (rot13, hex).
    """
    kind, *parameters = environ.get("CONTENT_TYPE", "").split(";")
    boundary = [one for one in parameters if one.strip().lower().startswith("boundary=")]
    environ["CONTENT_TYPE"] = ";".join([kind, *boundary])
    return _django(environ, start_response)
