"""Limits that the operator of a server sets by environment variables."""

import os

from .errors import StylizeError


def limit(name: str, default: int) -> int:
    """Read a whole number above 0 from the variable STYLIZE_<name>; the default where it is unset or empty.

    Raises:
        StylizeError: it holds anything else.
    """
    variable = f"STYLIZE_{name}"
    text = os.environ.get(variable, "").strip()
    try:
        value = int(text.replace("_", "")) if text else default
    except ValueError:
        value = 0
    if value < 1:
        raise StylizeError("{variable} is {value}; it must be a whole number above 0.", variable=variable, value=text)
    return value
