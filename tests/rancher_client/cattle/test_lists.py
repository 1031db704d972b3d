"""Lists of any length, and lists that move while they are read (reliability F26)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from rancher_client.cattle import collections, services
from rancher_client.cattle.resources import Service
from rancher_client.errors import Unusable

from .conftest import SERVICE
from .scripted import answer


class Rows:
    """A list of services cut into pages as Rancher does it: by offset, the next link with a foreign host."""

    def __init__(self, count):
        self.ids = [f"1s{number}" for number in range(count)]
        self.before_page = lambda offset: None

    def __call__(self, exchange):
        query = parse_qs(urlsplit(exchange.request.target).query)
        offset = int(query.get("marker", ["m0"])[0].removeprefix("m"))
        limit = int(query["limit"][0])
        self.before_page(offset)
        page = self.ids[offset : offset + limit]
        following = None
        if offset + limit < len(self.ids):
            following = f"http://inner:8080/elsewhere?limit={limit}&marker=m{offset + limit}"
        answer(
            {
                "type": "collection",
                "data": [SERVICE | {"id": row, "name": "web"} for row in page],
                "pagination": {"next": following, "partial": following is not None, "limit": limit},
            }
        )(exchange)


def read(session, **options):
    found = collections.read_all(session, "services", parse=Service.parse, **options)
    return [service.id for service in found]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 350])
def test_every_row_comes_once_whatever_the_pages(serve, on, count):
    rows = Rows(count)

    assert read(on(serve(rows)), rows_per_page=3) == rows.ids


def test_pages_are_asked_of_our_own_address_with_the_same_filters(serve, on):
    server = serve(Rows(5))

    read(on(server), rows_per_page=3, params={"stackId": "1st7"})

    assert [request.target for request in server.requests] == [
        "/v2-beta/projects/1a5/services?stackId=1st7&limit=3",
        "/v2-beta/projects/1a5/services?stackId=1st7&limit=3&marker=m2",
    ]


def test_a_row_that_goes_between_two_pages_makes_us_read_again_so_that_none_is_missed(serve, on):
    rows = Rows(9)
    gone = iter(["1s0"])
    rows.before_page = lambda offset: offset and rows.ids.remove(next(gone)) if "1s0" in rows.ids else None

    assert read(on(serve(rows)), rows_per_page=4) == [f"1s{number}" for number in range(1, 9)]


def test_a_list_that_never_holds_still_is_no_observation(serve, on):
    rows = Rows(100)
    rows.before_page = lambda offset: rows.ids.pop(0) if offset else None

    with pytest.raises(Unusable, match="changed under every attempt"):
        read(on(serve(rows)), rows_per_page=4)


def test_two_services_of_one_name_are_two(serve, on):
    found = services.read_all(on(serve(Rows(2))), name="web")

    assert [service.name for service in found] == ["web", "web"]


def page(**changed):
    return {"type": "collection", "data": [SERVICE], "pagination": None} | changed


@pytest.mark.parametrize(
    "body",
    [
        SERVICE,
        page(data={"not": "a list"}),
        page(data=["not an object"]),
        page(data=[SERVICE | {"id": None}]),
        page(pagination={"next": None, "partial": True}),
        page(pagination={"next": "http://r/x?limit=1", "partial": True}),
        page(pagination={"next": 5}),
        page(data=[], pagination={"next": "http://r/x?marker=m1", "partial": True}),
        page(pagination={"next": "http://r/x?marker=same", "partial": True}),
    ],
)
def test_a_list_that_cannot_be_read_to_its_end_is_no_observation(serve, on, body):
    with pytest.raises(Unusable) as caught:
        services.read_all(on(serve(answer(body))))

    assert re.search("/services", caught.value.url)


def test_a_list_that_is_no_table_has_no_pages(serve, on):
    assert [service.id for service in services.read_all(on(serve(answer(page()))))] == ["1s12"]
