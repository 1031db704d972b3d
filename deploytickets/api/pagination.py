"""Long lists in pages: `?page=2&page_size=100`, with the number of all and links to both sides."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """50 at once, at most 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
