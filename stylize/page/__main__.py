"""The program that serves the page: stylize-page, or python app.py."""

import argparse
import sys
from typing import Any

from stylize.errors import StylizeError, printable
from stylize.page.process import configure_server
from stylize.process import configure_process


def main() -> None:
    """Serve the page."""
    configure_process()
    args = _arguments()
    args.host = configure_server(args.host, args.share)
    try:
        _serve(args)
    except StylizeError as error:  # a wrong limit in the environment
        print(f"stylize-page: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:  # no folder for temporary files
        print(f"stylize-page: {error.strerror or error}; set TMPDIR to one that can be written.", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:  # while it starts, which takes seconds
        print("stylize-page: stopped.", file=sys.stderr)
        sys.exit(130)


def _serve(args: Any) -> None:
    from .visits import storage

    storage.create_folder()  # before gradio is imported, which reads GRADIO_TEMP_DIR then
    try:
        import gradio  # noqa: F401  (here, so that its absence is one sentence)
    except Exception as error:  # not installed, or it dislikes something in the environment
        reason = printable(str(error))
        sentence = f'the page needs gradio, which cannot be imported ({reason}); try: pip install "stylize[page]"'
        raise SystemExit(f"stylize-page: {sentence}") from None
    from .launch import serve
    from .wiring import build

    # Gradio puts it into URLs, where an IPv6 address is in brackets; it takes them off to listen.
    host = f"[{args.host}]" if args.host and ":" in args.host else args.host
    options = {"share": args.share, "server_name": host, "server_port": args.port, "auth": args.auth}
    try:
        serve(build, block=True, mcp=args.mcp, **options)
    except (OSError, ImportError, StylizeError) as error:
        if str(error).startswith("Cannot find empty port"):  # what Gradio says of any address that it cannot bind
            error = OSError("it cannot listen there; choose another --port, or a --host of this machine.")
        raise SystemExit(f"stylize-page: {error}") from None


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="stylize-page", description="Open the page.")
    parser.add_argument("--share", action="store_true", help="also through a public link, for a week")
    parser.add_argument("--host", help="address to listen on; by default only this machine can open the page")
    parser.add_argument("--port", type=_port, help="default: the first free one from 7860")
    parser.add_argument("--auth", type=_login, metavar="NAME:PASSWORD", help="ask visitors to log in")
    parser.add_argument("--mcp", action="store_true", help="also as a tool for programs that speak MCP (gradio[mcp])")
    args = parser.parse_args()
    if args.mcp and args.auth:
        parser.error("--mcp cannot log in; leave out --auth")
    return args


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("write a number from 1 to 65535")
    return int(text)


def _login(text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise argparse.ArgumentTypeError("write it as NAME:PASSWORD")
    return user, password


if __name__ == "__main__":
    main()
