"""What an unquoted scalar means to Rancher's YAML (gopkg.in/yaml.v2), and how Go writes values as texts.

It takes `yes`, `on` and their like for booleans and `010` for 8; a sexagesimal `22:22` and a date stay texts.
Where a text is wanted after all, as among labels and variables, the value is printed: `1.50` becomes `1.5`.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

Scalar = str | int | float | bool | None


class Unquoted(str):
    """A text as it stands in a file, without quotes, of which Rancher makes something else."""

    __slots__ = ()

    @property
    def meant(self) -> Scalar:
        """What Rancher takes it for."""
        return scalar(self)


def scalar(text: str) -> Scalar:
    """What an unquoted text means."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    number = _whole(text.replace("_", ""))
    if number is not None:
        return number
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", "", 1))
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return str(text)


def _whole(text: str) -> int | None:
    """A whole number as Go's ParseInt reads it with base 0: `010` is eight."""
    try:
        if re.fullmatch(r"[-+]?0[0-7]+", text):
            return int(text, 8)
        if re.fullmatch(r"[-+]?(0x[0-9a-fA-F]+|0b[01]+|[0-9]+)", text):
            return int(text, 0)
    except ValueError:
        return None
    return None


def printed(value: Any) -> str:
    """The text that Rancher makes of a single value of the file."""
    return go_text(value.meant if isinstance(value, Unquoted) else value)


def go_text(value: Any) -> str:
    """A value as Go prints it with %v."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _go_float(value)
    if isinstance(value, list):
        return f"[{' '.join(map(go_text, value))}]"
    return "<nil>" if value is None else str(value)


def _go_float(value: float) -> str:
    """The shortest digits; from a million on, and below a ten-thousandth, with an exponent (strconv, 'g')."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else '+'}Inf"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = len(digits) + int(exponent) - 1
    if value and not -4 <= power < 6:
        shown = "".join(map(str, digits))
        fraction = f".{shown[1:]}" if shown[1:] else ""
        return f"{'-' if sign else ''}{shown[0]}{fraction}e{power:+03d}"
    return repr(value).removesuffix(".0")


def as_stored(value: Any) -> Any:
    """Metadata as it arrives: keys are texts, and a fraction has the precision of a single float."""
    if isinstance(value, Mapping):
        return {go_text(key): as_stored(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_stored(child) for child in value]
    if isinstance(value, Unquoted):
        value = value.meant
    return _single(value) if isinstance(value, float) else value


def _single(value: float) -> float:
    """The shortest number that is the same single float; the executor writes its YAML that way."""
    try:
        single = struct.pack("f", value)
    except OverflowError:
        return value
    shortest = (float(f"{value:.{digits}g}") for digits in range(1, 18))
    return next((number for number in shortest if struct.pack("f", number) == single), value)
