from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "deploytickets.tickets"
    label = "tickets"
