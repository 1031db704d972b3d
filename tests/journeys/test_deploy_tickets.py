"""What the product is for, as people do it: in browsers, on real processes, against a simulated Rancher."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.steps import (
    approve,
    file_ticket,
    go_from_filed_to_verified,
    is_unreloaded,
    marked,
    note_live_words,
    noted_live_words,
    state,
    verify,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_from_filing_to_finished_without_one_reload(product, sign_in):
    anna, otto = sign_in(product, "anna"), sign_in(product, "otto")
    key = file_ticket(anna, "shop-web", "stage", "2.5.0")
    expect(state(anna)).to_contain_text("Waits for approval 0/1")
    marked(anna)
    board = sign_in(product, "lena")
    marked(board)

    approve(otto, key)
    marked(otto)

    seen: list[str] = []
    anna.expose_function("noteState", lambda word: seen.append(word))
    anna.evaluate(
        """new MutationObserver(() => noteState(document.querySelector("#title .chip").textContent.trim()))
           .observe(document.querySelector("main"), {childList: true, subtree: true})"""
    )
    expect(board.locator(f"#rows a[href='/tickets/{key}']")).to_contain_text(re.compile("upgrading|verify"))
    for page in (anna, otto):
        expect(state(page)).to_contain_text("Verify 0/2")
        expect(page.locator("#containers .chip.ok")).to_have_count(2)
    assert any(word.startswith("Upgrading") for word in seen)

    expect(otto.get_by_role("button", name="Finish upgrade")).to_have_attribute("aria-disabled", "true")
    verify(anna, "developer")
    expect(state(otto)).to_contain_text("Verify 1/2")
    verify(otto, "ops")
    otto.get_by_text("Finish upgrade…").click()
    expect(otto.locator("#finish-confirm")).to_contain_text("This removes 2 old containers")
    otto.get_by_role("button", name="Finish shop-web 2.5.0").click()

    for page in (anna, otto):
        expect(state(page)).to_contain_text("Finished")
        assert is_unreloaded(page)
    expect(board.locator("#cell-shop-web-stage .ver")).to_have_text(re.compile("2.5.0"))
    assert is_unreloaded(board)


def test_a_version_that_does_not_work_is_rolled_back(product, sign_in):
    anna, otto, _key = go_from_filed_to_verified(product, sign_in, "dev", "2.5.0")

    verify(otto, "ops", works=False)
    expect(otto.locator("#decision")).to_contain_text("says that it does not work")
    otto.get_by_text("Roll back…").click()
    confirm = otto.locator("#roll_back-confirm")
    expect(confirm).to_contain_text("This stops and removes 2 new containers of 2.5.0 on dev-")
    confirm.get_by_role("textbox").fill("Check-out answers 500.")
    confirm.get_by_role("button", name="Roll shop-web back to 2.4.1").click()

    for page in (anna, otto):
        expect(state(page)).to_contain_text("Rolled back")
        expect(page.locator("#timeline")).to_contain_text("Check-out answers 500.")
        assert is_unreloaded(page)


def test_an_image_that_does_not_exist_is_said_in_plain_words(product, sign_in):
    anna, otto = sign_in(product, "anna"), sign_in(product, "otto")
    key = file_ticket(anna, "auth-service", "stage", "9.9.9")
    marked(anna)
    approve(otto, key)

    expect(anna.locator("#containers .finding.bad").first).to_contain_text(
        "the image registry.abc.net/auth-service:9.9.9 cannot be pulled"
    )
    otto.get_by_text("Roll back…").click()
    otto.get_by_role("button", name=re.compile("^Roll auth-service back")).click()

    expect(state(anna)).to_contain_text("Rolled back")
    assert is_unreloaded(anna)


def test_of_two_approvers_at_once_both_count_and_nobody_counts_twice(product, sign_in):
    anna, otto, olga = (sign_in(product, name) for name in ("anna", "otto", "olga"))
    key = file_ticket(anna, "auth-service", "prod", "5.1.0")
    for page in (otto, olga):
        page.goto(f"/tickets/{key}")
        expect(page.locator("#plan table.diff")).to_be_visible()
        marked(page)
        for box in page.locator("#plan input[name=accept]").all():
            box.check()

    for page in (otto, olga):
        page.get_by_role("button", name="Approve", exact=True).click(no_wait_after=True)
    # The one who was second approved a plan whose warnings the first had not accepted yet: asked again.
    for page, name in ((otto, "Otto Klein"), (olga, "Olga Novak")):
        again = page.get_by_role("button", name="Approve", exact=True)
        counted = page.locator("#timeline", has_text=f"Approved by {name}")
        expect(page.locator("#refusal .finding").or_(counted).first).to_be_visible()
        if page.locator("#refusal .finding").count() and again.count():
            again.click()

    expect(anna.locator("#timeline")).to_contain_text("(2/2)")
    expect(anna.locator("#timeline")).to_contain_text("Otto Klein")
    expect(anna.locator("#timeline")).to_contain_text("Olga Novak")


def test_what_is_being_typed_survives_what_happens_meanwhile(product, sign_in):
    anna, otto = sign_in(product, "anna"), sign_in(product, "otto")
    key = file_ticket(anna, "order-worker", "dev", "3.2.0")
    expect(anna.locator("#plan table.diff, #plan .same").first).to_be_visible()
    otto.goto(f"/tickets/{key}")
    otto.get_by_text("Reject…").click()
    reason = otto.locator("#reject-reason")
    reason.press_sequentially("Please wait for")

    anna.get_by_label("Comment").fill("May I?")
    anna.get_by_role("button", name="Add").click()
    expect(otto.locator("#timeline")).to_contain_text("May I?")

    reason.press_sequentially(" the release.")
    expect(reason).to_have_value("Please wait for the release.")
    otto.get_by_role("button", name=f"Reject {key}").click()
    expect(state(anna)).to_contain_text("Rejected")
    expect(anna.locator("#timeline")).to_contain_text("Please wait for the release.")


def test_keys_lead_to_places_and_never_decide(product, sign_in):
    anna, otto = sign_in(product, "anna"), sign_in(product, "otto")
    key = file_ticket(anna, "order-worker", "stage", "3.1.0")
    otto.keyboard.press("g")
    otto.keyboard.press("t")
    otto.wait_for_url("**/tickets")
    otto.keyboard.press("j")
    otto.keyboard.press("Enter")
    otto.wait_for_url(f"**/tickets/{key}")
    expect(otto.get_by_role("button", name="Approve", exact=True)).to_be_visible()

    otto.keyboard.press("a")
    expect(state(otto)).to_contain_text("Waits for approval 0/1")
    assert otto.evaluate("document.activeElement.closest('#approve') !== null")
    otto.keyboard.press("Escape")
    otto.locator("h1").click()
    otto.keyboard.press("?")
    expect(otto.get_by_role("dialog", name="Keyboard")).to_be_visible()
    otto.get_by_role("button", name="Close").click()
    otto.keyboard.press("/")
    assert otto.evaluate("document.activeElement.id") == "search"


def test_a_ticket_goes_its_whole_way_without_javascript(product, sign_in):
    anna = sign_in(product, "anna", java_script_enabled=False)
    otto = sign_in(product, "otto", java_script_enabled=False)
    anna.goto("/tickets/new?app=auth-service&env=dev&version=5.0.3")
    expect(anna.locator("#preview ins").first).to_contain_text("5.0.3")
    anna.get_by_role("button", name="File ticket").click()
    key = anna.url.rpartition("/")[2]

    def reload_until(page: Page, words: str) -> None:
        for _ in range(60):
            page.goto(f"/tickets/{key}")
            if words in (state(page).text_content() or ""):
                return
            page.wait_for_timeout(500)
        raise AssertionError(f"{key} never was {words}: {state(page).text_content()}")

    reload_until(otto, "Waits for approval")
    approve(otto, key)
    reload_until(anna, "Verify 0/2")
    verify(anna, "developer")
    reload_until(otto, "Verify 1/2")
    verify(otto, "ops")
    otto.get_by_text("Finish upgrade…").click()
    otto.get_by_role("button", name="Finish auth-service 5.0.3").click()
    reload_until(anna, "Finished")


def test_with_redis_stopped_from_the_beginning_to_the_end_everything_works(product_without_redis, sign_in):
    product = product_without_redis
    anna, otto, key = go_from_filed_to_verified(product, sign_in, "stage", "2.5.0")
    for page in (anna, otto):
        expect(page.locator("[data-live-word]")).to_contain_text("looked up every few seconds")
        note_live_words(page)
    verify(otto, "ops")
    otto.get_by_text("Finish upgrade…").click()
    otto.get_by_role("button", name="Finish shop-web 2.5.0").click()

    for page in (anna, otto):
        expect(state(page)).to_contain_text("Finished")
        assert noted_live_words(page) == {"looked up every few seconds; live updates are away"}
        assert is_unreloaded(page)
    assert key == "DEPLOY-111"
