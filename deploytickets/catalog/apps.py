from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "deploytickets.catalog"
    label = "catalog"
