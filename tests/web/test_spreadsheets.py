"""Nothing that is saved as CSV runs as a formula."""

import pytest

from deploytickets.web.spreadsheets import harmless


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"])
def test_what_would_run_as_a_formula_is_text(sign):
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("text", ["", "Shop", "1.0.1", "a=b", "付款－服務"])
def test_other_texts_stay_as_they_are(text):
    assert harmless(text) == text
