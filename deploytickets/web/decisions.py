"""The buttons of a ticket: read the form, call the service, show the ticket as it stands now."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from deploytickets.deployments import services as deployments
from deploytickets.notifications import services as notifications
from deploytickets.tickets import services as tickets
from deploytickets.web.middleware import on_refusal
from deploytickets.web.requests import PageRequest
from deploytickets.web.ticket import as_it_stands, now_parts

View = Callable[..., HttpResponse]


def _decides(view: View) -> View:
    """A POST that answers with the parts of the page, or without JavaScript leads back to it."""
    return require_POST(on_refusal(as_it_stands)(view))


def _answer(request: PageRequest, key: str) -> HttpResponse:
    # The services of tickets know of no pages; those of deployments have told already.
    notifications.tell_soon()
    return now_parts(request, key) if request.htmx else redirect("ticket", key=key)


@_decides
def approve(request: PageRequest, key: str) -> HttpResponse:
    """A yes to the plan whose digest was on the page."""
    deployments.approve(
        key,
        by=request.actor,
        plan_digest=request.POST.get("plan_digest", ""),
        accept=request.POST.getlist("accept"),
        note=request.POST.get("note", ""),
    )
    return _answer(request, key)


@_decides
def accept_warnings(request: PageRequest, key: str) -> HttpResponse:
    """Stand for the ticked warnings."""
    deployments.accept_warnings(
        key,
        by=request.actor,
        plan_digest=request.POST.get("plan_digest", ""),
        names=request.POST.getlist("accept"),
    )
    return _answer(request, key)


@_decides
def withdraw_approval(request: PageRequest, key: str) -> HttpResponse:
    """Take one's own yes back."""
    tickets.withdraw_approval(key, by=request.actor, reason=request.POST.get("reason", ""))
    return _answer(request, key)


@_decides
def reject(request: PageRequest, key: str) -> HttpResponse:
    """A no, with a reason."""
    tickets.reject(key, by=request.actor, reason=request.POST.get("reason", ""))
    return _answer(request, key)


@_decides
def cancel(request: PageRequest, key: str) -> HttpResponse:
    """The wish is taken back."""
    deployments.cancel(key, by=request.actor, reason=request.POST.get("reason", ""))
    return _answer(request, key)


@_decides
def comment(request: PageRequest, key: str) -> HttpResponse:
    """Write on the ticket."""
    tickets.comment(key, by=request.actor, text=request.POST.get("text", ""))
    return _answer(request, key)


@_decides
def start(request: PageRequest, key: str) -> HttpResponse:
    """Press Start where the policy wants it pressed."""
    deployments.start(key, by=request.actor)
    return _answer(request, key)


@_decides
def verify(request: PageRequest, key: str, role: str) -> HttpResponse:
    """Works, or does not, in one role; kept with what was on the page."""
    deployments.verify(
        key,
        by=request.actor,
        role=role,
        works=request.POST.get("works") == "yes",
        note=request.POST.get("note", ""),
        checked=request.POST.getlist("checked"),
    )
    return _answer(request, key)


@_decides
def withdraw_verification(request: PageRequest, key: str, role: str) -> HttpResponse:
    """Take one's own verification back."""
    tickets.withdraw_verification(key, by=request.actor, role=role)
    return _answer(request, key)


@_decides
def finish(request: PageRequest, key: str) -> HttpResponse:
    """The old containers may go."""
    deployments.finish(key, by=request.actor)
    return _answer(request, key)


@_decides
def roll_back(request: PageRequest, key: str) -> HttpResponse:
    """Back to what ran before."""
    deployments.roll_back(key, by=request.actor, reason=request.POST.get("reason", ""))
    return _answer(request, key)


@_decides
def wait_longer(request: PageRequest, key: str) -> HttpResponse:
    """A new deadline for the same attempt."""
    given = request.POST.get("minutes", "")
    # What is no number of minutes is refused as none at all; Python reads no endless one.
    minutes = int(given) if given.isdecimal() and len(given) < 10 else 0
    deployments.wait_longer(key, by=request.actor, minutes=minutes)
    return _answer(request, key)


@_decides
def try_again(request: PageRequest, key: str) -> HttpResponse:
    """A new attempt."""
    deployments.try_again(key, by=request.actor)
    return _answer(request, key)


@_decides
def free(request: PageRequest, key: str) -> HttpResponse:
    """Give the services up for others."""
    deployments.free(key, by=request.actor, reason=request.POST.get("reason", ""))
    return _answer(request, key)


urlpatterns: list[URLPattern] = [
    path("approve", approve, name="ticket-approve"),
    path("accept-warnings", accept_warnings, name="ticket-accept-warnings"),
    path("withdraw-approval", withdraw_approval, name="ticket-withdraw-approval"),
    path("reject", reject, name="ticket-reject"),
    path("cancel", cancel, name="ticket-cancel"),
    path("comment", comment, name="ticket-comment"),
    path("start", start, name="ticket-start"),
    path("verify/<str:role>", verify, name="ticket-verify"),
    path("withdraw-verification/<str:role>", withdraw_verification, name="ticket-withdraw-verification"),
    path("finish", finish, name="ticket-finish"),
    path("roll-back", roll_back, name="ticket-roll-back"),
    path("wait-longer", wait_longer, name="ticket-wait-longer"),
    path("try-again", try_again, name="ticket-try-again"),
    path("free", free, name="ticket-free"),
]
