"""How the page is served: gradio's options, and what is put before it."""

from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from . import limits
from .i18n import i18n
from .layout import HERE
from .middleware import Guard


def launch_options() -> dict[str, Any]:
    """For Blocks.launch."""
    return {
        "theme": gr.themes.Soft(font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace")),
        "css_paths": HERE / "page.css",
        "head": f"<script>{(HERE / 'page.js').read_text(encoding='utf-8')}</script>",
        "i18n": i18n,
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "max_file_size": limits.MAX_UPLOAD,
        "footer_links": ["api", "settings"],
        "strict_cors": True,
        "app_kwargs": {"middleware": [Middleware(Guard)]},
    }
