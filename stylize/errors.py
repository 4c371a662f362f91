"""StylizeError: an error that the user can correct, as a template and its values, so that it can be translated."""

from typing import Any

LONGEST = 200  # characters of a value at most


class StylizeError(Exception):
    """An error that the user can correct; its text is one sentence: what is wrong, and what to do.

    `template` is that sentence in English with str.format fields, `values` are the values of these. A value named
    `setting` is the name of a field of Settings.
    """

    def __init__(self, template: str, /, **values: Any) -> None:
        super().__init__(template)
        self.template = template
        self.values = {
            name: value if isinstance(value, int | float) else printable(str(value)) for name, value in values.items()
        }

    def __str__(self) -> str:
        values = dict(self.values)
        if "setting" in values:
            values["setting"] = str(values["setting"]).replace("_", " ")
        return self.template.format(**values)

    def to_json(self) -> list[Any]:
        """Return the template and the values, for another process; see from_json."""
        return [self.template, self.values]

    @classmethod
    def from_json(cls, data: list[Any]) -> "StylizeError":
        template, values = data
        return cls(template, **values)


def quoted(value: object) -> str:
    """Return the repr of any value on one line, shortened; a replacement where repr fails."""
    try:
        return printable(" ".join(repr(value).split()))
    except Exception:  # an int of more than 4300 digits, a broken __repr__
        return f"a very long {type(value).__name__}"


def printable(text: str) -> str:
    """Shorten text to LONGEST characters and replace unprintable ones: line breaks, controls, broken Unicode."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: LONGEST + 1])
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "\N{HORIZONTAL ELLIPSIS}"
