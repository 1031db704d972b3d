"""A plan as rows: what, now, will be."""

from deploytickets.web.diff import Side, services_of, version_before


def shown(**service):
    defaults = {
        "name": "app", "action": "upgraded", "scale": 3, "is_global": False, "has_health_check": True,
        "depends_on": [], "images": [], "changes": [], "kept_sidekicks": [], "removed_sidekicks": [],
        "batches": {"size": 1, "interval_millis": 2000, "start_first": False, "count": 3},
    }  # fmt: skip
    return {"stack": "shop", "services": [defaults | service]}


def rows(**service):
    return [(row.what, row.entry, row.before, row.after) for row in services_of(shown(**service))[0].rows]


def change(**fields):
    return {
        "kind": "changed",
        "what": "variable",
        "config": "",
        "entry": "OPTS",
        "before": "",
        "after": "",
    } | fields


def test_an_image_shows_its_tags_under_its_repository():
    image = {
        "config": "",
        "before": "registry.abc.net:5000/shop:1.0.0",
        "after": "registry.abc.net:5000/shop:1.0.1",
    }

    assert rows(images=[image]) == [
        ("Image", "registry.abc.net:5000/shop", Side(changed="1.0.0"), Side(changed="1.0.1"))
    ]


def test_another_repository_shows_both_images_whole():
    image = {"config": "", "before": "a/shop:1", "after": "b/shop:1"}

    assert rows(images=[image]) == [("Image", "", Side("", "a", "/shop:1"), Side("", "b", "/shop:1"))]


def test_an_image_that_stays_is_no_row():
    assert rows(images=[{"config": "", "before": "shop:1", "after": "shop:1"}]) == []


def test_only_the_part_that_differs_stands_out():
    assert rows(changes=[change(before="-Xmx512m -XX:+UseG1GC", after="-Xmx640m -XX:+UseG1GC")]) == [
        ("Variable", "OPTS", Side("-", "Xmx512m", " -XX:+UseG1GC"), Side("-", "Xmx640m", " -XX:+UseG1GC"))
    ]


def test_what_is_added_or_removed_is_said_in_words():
    added = change(kind="added", before=None, after="on")
    removed = change(kind="removed", before="amqp://mq", after=None)

    assert [row[2:] for row in rows(changes=[added, removed])] == [
        (Side(word="not set"), Side(changed="on")),
        (Side(changed="amqp://mq"), Side(word="removed")),
    ]


def test_a_secret_that_changes_says_that_it_does_and_not_to_what():
    (row,) = rows(changes=[change(entry="DB_PASSWORD", before="••••••", after="••••••", is_hidden=True)])

    assert row[2] == Side(changed="••••••")
    assert row[3] == Side(tail="••••••", word="changed, hidden")


def test_a_sidekick_is_named():
    (row,) = rows(changes=[change(config="log-shipper", before="a", after="b")])

    assert row[0] == "Variable of log-shipper"


def test_what_happens_to_a_service_is_a_sentence():
    for action, sentence in (
        ("upgraded", "is upgraded, 1 at a time, stop first"),
        ("created", "is made new; rolling back removes it"),
        ("unchanged", "stays as it is"),
    ):
        assert services_of(shown(action=action))[0].sentence == sentence


def test_services_that_stay_come_last():
    plan = {
        "stack": "shop",
        "services": [
            shown(name="a", action="unchanged")["services"][0],
            shown(name="b")["services"][0],
        ],
    }

    assert [service.name for service in services_of(plan)] == ["shop/b", "shop/a"]


def test_the_version_before_is_that_of_the_image_which_gets_the_wanted_one():
    images = [
        {"config": "log-shipper", "before": "log-shipper:7", "after": "log-shipper:7"},
        {"config": "", "before": "shop:1.0.0", "after": "shop:1.0.1"},
    ]

    assert version_before(shown(images=images), "1.0.1") == "1.0.0"
    assert version_before({}, "1.0.1") == ""
