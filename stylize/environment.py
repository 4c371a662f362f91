"""Limits that whoever runs the program sets by environment variables, and one that torch's threads need."""

import os
import sys

# OpenMP's threads wait for each other at work, millions of turns long, before they sleep. On a busy machine the one
# they wait for may have no core, because they have it. To be set before torch is loaded; GNU's OpenMP reads it.
os.environ.setdefault("GOMP_SPINCOUNT", "1500")


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
