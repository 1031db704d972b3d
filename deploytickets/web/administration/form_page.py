"""A page around one form: shows it, saves it, and after a no shows it again with what was typed."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from deploytickets.access.administration import require_administrator
from deploytickets.access.errors import NotAllowed
from deploytickets.audit.errors import Invalid
from deploytickets.web.administration.sections import sections_of
from deploytickets.web.middleware import Refusal, on_refusal
from deploytickets.web.requests import PageRequest


class FormPage(View):
    """The subclass names form and template, says what is in the form at first, and saves it.

    Address parameters are handed to every method as keywords. `saved_at` is where a saved form leads.
    """

    form_class: ClassVar[type[forms.Form]]
    template_name: ClassVar[str] = "administration/form.html"
    saved_at: ClassVar[str]
    section: ClassVar[str]

    def authorise(self, request: PageRequest, **names: str) -> None:
        """Raises NotAllowed for whom the page is not; the services ask again."""
        require_administrator(request.actor)

    def initial(self, **names: str) -> dict[str, Any]:
        """What the form holds before anything was typed."""
        return {}

    def context(self, request: PageRequest, **names: str) -> dict[str, Any]:
        """What the page shows around the form: at least `title`."""
        return {}

    def save(self, request: PageRequest, form: forms.Form, **names: str) -> None:
        """Call the service with the form's cleaned data."""
        raise NotImplementedError

    def new_form(self, data: Any = None, **names: str) -> forms.Form:
        """The form, bound to `data` where there is some."""
        return self.form_class(data, initial=self.initial(**names))

    def get(self, request: PageRequest, **names: str) -> HttpResponse:
        self.authorise(request, **names)
        return self._show(request, self.new_form(**names), None, **names)

    def post(self, request: PageRequest, **names: str) -> HttpResponse:
        self.authorise(request, **names)
        form = self.new_form(request.POST, **names)
        if not form.is_valid():
            response = self._show(request, form, None, **names)
            response.status_code = 422
            return response
        self.save(request, form, **names)
        return redirect(self.saved_at)

    def refused(self, request: PageRequest, refusal: Refusal, **names: str) -> HttpResponse:
        """The form again, each sentence at its field, the others above it."""
        form = self.new_form(request.POST, **names)
        form.is_valid()
        rest = None
        if isinstance(refusal.error, Invalid):
            for field, sentence in refusal.error.fields.items():
                form.add_error(field if field in form.fields else None, sentence)
        else:
            rest = refusal
        return self._show(request, form, rest, **names)

    def _show(
        self, request: PageRequest, form: forms.Form, refusal: Refusal | None, **names: str
    ) -> HttpResponse:
        context = {
            "form": form,
            "refusal": refusal,
            "sections": sections_of(self.section),
            "saved_at": self.saved_at,
            **self.context(request, **names),
        }
        return render(request, self.template_name, context)

    def _is_for(self, request: PageRequest, **names: str) -> bool:
        try:
            self.authorise(request, **names)
        except NotAllowed:
            return False
        return True

    @classmethod
    def view(cls) -> Any:
        """The view function, which answers refusals with the form where that is for the reader."""

        def refused(request: PageRequest, refusal: Refusal, **names: str) -> HttpResponse:
            page = cls()
            if request.method != "POST" or not page._is_for(request, **names):
                return render(request, "problems/refusal.html", {"refusal": refusal})
            return page.refused(request, refusal, **names)

        return on_refusal(refused)(cls.as_view())
