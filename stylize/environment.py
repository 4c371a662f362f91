"""Limits that whoever runs the program sets by environment variables."""

import os
import sys


def limit(name: str, default: int) -> int:
    """STYLIZE_<name>, a whole number above 0; the default where it is unset or empty. All else ends the program."""
    text = os.environ.get(f"STYLIZE_{name}", "").strip()
    try:
        value = int(text.replace("_", "")) if text else default
    except ValueError:
        value = 0
    if value < 1:
        sys.exit(f"stylize: STYLIZE_{name} is {text[:80]!r}; it must be a whole number above 0.")
    return value
