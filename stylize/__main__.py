"""python -m stylize: the command line."""

import signal
import sys
from typing import NoReturn


def program() -> NoReturn:
    """The command line as a program of its own."""
    try:
        from .cli.main import main

        code = main()
    except KeyboardInterrupt:  # while torch is loaded
        print("stylize: stopped before there was anything to save.", file=sys.stderr)
        code = 130
    if code == 130:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # everything is saved: another Ctrl-C must not end in a traceback
    sys.exit(code)


if __name__ == "__main__":
    program()
