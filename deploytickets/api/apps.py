from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "deploytickets.api"
    label = "api"
