"""Where each page is."""

from django.urls import include, path

from deploytickets.web import account, board, decisions, filing, sign_in, ticket, ticket_list

urlpatterns = [
    path("", board.board, name="board"),
    path("now", board.now, name="board-now"),
    path("board.csv", board.board_csv, name="board-csv"),
    path("tickets", ticket_list.ticket_list, name="tickets"),
    path("tickets.csv", ticket_list.ticket_csv, name="tickets-csv"),
    path("tickets/new", filing.new, name="ticket-new"),
    path("tickets/new/preview", filing.preview, name="ticket-preview"),
    path("tickets/<str:key>", ticket.page, name="ticket"),
    path("tickets/<str:key>/now", ticket.now, name="ticket-now"),
    path("tickets/<str:key>/edit", filing.edit, name="ticket-edit"),
    path("tickets/<str:key>/", include(decisions.urlpatterns)),
    path("settings/", include("deploytickets.web.administration.urls")),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("language", account.language, name="language"),
    path("me", account.page, name="account"),
    path("me/look", account.look, name="account-look"),
    path("me/password", account.change_password, name="account-change-password"),
    path("me/tokens", account.issue_token, name="account-issue-token"),
    path("me/tokens/<int:token_id>/revoke", account.revoke_token, name="account-revoke-token"),
]
