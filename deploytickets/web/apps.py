from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "deploytickets.web"
    label = "web"
