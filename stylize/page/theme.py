"""Gradio's theme, and the style sheet, font and scripts in the page's head."""

import base64
import inspect
from pathlib import Path

import gradio as gr

from . import cards, samples

WEB = Path(__file__).parent / "web"
SCRIPTS = ("cards.js", "editor.js", "stage.js", "keep.js", "sharing.js", "files.js", "voice.js", "page.js")
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
COLORS = {  # a colour of page.css: Gradio's names of what has it
    "--ground": "body_background_fill background_fill_secondary input_background_fill",
    "--mat": "button_secondary_background_fill_hover checkbox_label_background_fill_hover",
    "--card": "background_fill_primary block_background_fill block_label_background_fill panel_background_fill "
    "button_secondary_background_fill button_cancel_background_fill checkbox_label_background_fill",
    "--edge": "block_border_color border_color_primary input_border_color button_secondary_border_color "
    "checkbox_label_border_color",
    "--ink": "block_label_text_color block_title_text_color body_text_color button_secondary_text_color "
    "checkbox_label_text_color_selected",
    "--soft": "block_info_text_color body_text_color_subdued checkbox_border_color",
    "--accent": "color_accent slider_color button_cancel_text_color button_cancel_border_color link_text_color",
    "--tint": "color_accent_soft checkbox_label_background_fill_selected",
    "--accent-fill": "button_primary_background_fill checkbox_background_color_selected checkbox_border_color_selected",
    "--accent-deep": "button_primary_background_fill_hover",
    "--on-accent": "button_primary_text_color",
}


def theme() -> gr.themes.Base:
    """A neutral ground and one accent, in both shades."""
    known = inspect.signature(gr.themes.Base.set).parameters  # some have no dark shade of their own
    names = {name: color for color, row in COLORS.items() for name in row.split()}
    shades = {f"{name}{shade}": f"var({color})" for name, color in names.items() for shade in ("", "_dark")}
    colors = {name: color for name, color in shades.items() if name in known}
    base = gr.themes.Base(font=SANS, font_mono=("ui-monospace", "monospace"), radius_size="md", spacing_size="md")
    return base.set(**colors, block_shadow="none", button_primary_shadow="none", button_secondary_shadow="none")


def head() -> str:
    """HTML for the page's head: font, style sheet, scripts.

    Not through Gradio's `css`, which repeats every rule with a prefix and breaks those with :is().
    """
    font = base64.b64encode((WEB / "display.woff2").read_bytes()).decode()
    face = f"font-family:Display;font-display:block;src:url(data:font/woff2;base64,{font}) format('woff2')"
    presets, tiles = cards.url(samples.served(samples.PRESET_TILES)), cards.url(samples.sprite())
    root = f'--tiles:url("{tiles}");--count:{len(samples.TILES)};--presets:url("{presets}")'
    css = (WEB / "page.css").read_text(encoding="utf-8")
    scripts = "\n".join((WEB / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return f"<style>@font-face{{{face}}}:root{{{root}}}{css}</style><script>{scripts}</script>"
