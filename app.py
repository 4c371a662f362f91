"""stylize's page: python app.py opens it; see stylize/page/ for what it is made of."""

import argparse

from stylize import StylizeError
from stylize.page import sessions
from stylize.page.layout import build
from stylize.page.server import launch


def _login(text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise argparse.ArgumentTypeError("write it as NAME:PASSWORD")
    return user, password


def main() -> None:
    parser = argparse.ArgumentParser(description="Open the page.")
    parser.add_argument("--share", action="store_true", help="also through a public link, for a week")
    parser.add_argument("--host", help="address to serve on; this machine only unless told")
    parser.add_argument("--port", type=int, help="default: the first free one from 7860")
    parser.add_argument("--auth", type=_login, metavar="NAME:PASSWORD", help="ask visitors to log in")
    parser.add_argument("--mcp", action="store_true", help="also as a tool for programs that speak MCP (gradio[mcp])")
    args = parser.parse_args()
    sessions.sweep_forever()
    options = {"share": args.share, "server_name": args.host, "server_port": args.port, "auth": args.auth}
    try:
        launch(build, block=True, mcp_server=args.mcp, **options)
    except (OSError, ImportError, StylizeError) as error:
        parser.exit(2, f"app.py: {error}\n")


if __name__ == "__main__":
    main()
