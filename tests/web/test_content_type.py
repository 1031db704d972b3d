"""Whatever a request calls its content, it reaches the pages and is answered as usual."""

from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from deploytickets.wsgi import application

pytestmark = pytest.mark.django_db

SECRET = "a" * 32


def answer(path, query="", *, method="GET", content_type="", body=b""):
    came = {}
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "localhost",
        "HTTP_COOKIE": f"csrftoken={SECRET}",
        "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body),
    }  # fmt: skip
    setup_testing_defaults(environ)
    chunks = application(environ, lambda status, headers: came.update(status=status))
    content = b"".join(chunks)
    chunks.close()
    return int(came["status"].split()[0]), content.decode()


@pytest.mark.parametrize(
    "parameter",
    [
        "charset=rot13", "charset=hex", "charset=idna", "charset=no-such", 'Charset="base64"',
        "charset=utf-7", "charset*=rot13''a", "x*=no-such''a", "boundary*=no-such''a", "charset", ";", "=",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/sign-in", 200), ("/tickets", 302), ("/api/v1/me", 401)]
)
def test_a_strange_charset_changes_no_answer(path, status, parameter):
    assert answer(path, "q=%C3%BC", content_type=f"text/plain; {parameter}")[0] == status


def test_many_parameters_are_refused_in_words_also_with_a_charset():
    many = "&".join(f"name{number}=1" for number in range(1500))

    status, content = answer("/api/v1/me", many, content_type="application/json; charset=utf-8")

    assert status == 400
    assert '"kind": "unreadable"' in content


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (
            "application/x-www-form-urlencoded; charset=rot13",
            f"csrfmiddlewaretoken={SECRET}&username=k%C3%A4i&password=x",
        ),
        (
            "multipart/form-data; charset=rot13; boundary=xx",
            "--xx\r\nContent-Disposition: form-data; name=csrfmiddlewaretoken\r\n\r\n"
            f"{SECRET}\r\n--xx\r\nContent-Disposition: form-data; name=username\r\n\r\nkäi\r\n--xx--\r\n",
        ),
    ],
)
def test_a_form_is_read_as_utf_8_by_its_boundary(content_type, body):
    status, content = answer("/sign-in", method="POST", content_type=content_type, body=body.encode())

    assert status == 403
    assert 'value="käi"' in content
