from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "deploytickets.notifications"
    label = "notifications"
