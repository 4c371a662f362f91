"""What a user can mend: an error that is one sentence, its values apart, so that a page can say it in any language."""

from typing import Any

LONGEST = 200  # characters of a value that are shown


class StylizeError(ValueError):
    """Something the user can mend; its text is one sentence that says what is wrong and what to do.

    `template` is that sentence in English with str.format fields, `values` are what they stand for. A value named
    `setting` is a field of Settings.
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


def quoted(value: object) -> str:
    """A value as Python writes it, shortened; of any type, also one that cannot be written."""
    try:
        return printable(repr(value))
    except Exception:  # an int of more than 4300 digits, a broken __repr__
        return f"a very long {type(value).__name__}"


def printable(text: str) -> str:
    """Shortened, without line breaks, control characters or broken Unicode, which file names may have."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: LONGEST + 1])
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "\N{HORIZONTAL ELLIPSIS}"
