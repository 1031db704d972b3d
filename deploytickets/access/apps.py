from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "deploytickets.access"
    label = "access"
