"""python -m stylize: the command line."""

import signal
import sys
from typing import NoReturn

from .errors import StylizeError
from .process import configure_process


def program() -> NoReturn:
    """Run the command line as a program and exit."""
    configure_process()
    try:
        from .cli.main import main  # a limit in an environment variable may be wrong

        code = main()
    except StylizeError as error:
        print(f"stylize: {error}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print("stylize: stopped before there was anything to save.", file=sys.stderr)
        code = 130
    if code == 130:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is saved; another Ctrl-C would end in a traceback
    sys.exit(code)


if __name__ == "__main__":
    program()
