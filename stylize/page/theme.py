"""The page's looks: Gradio's theme, our style sheet with its font, and the scripts."""

import base64
import inspect
from pathlib import Path

import gradio as gr

from . import cards, samples

WEB = Path(__file__).parent / "web"
SCRIPTS = ("editor.js", "stage.js", "keep.js", "page.js")
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")


def theme() -> gr.themes.Base:
    """A neutral ground and one accent, in both shades; page.css has the colours by the same names."""
    pairs = {
        "body_background_fill": "--ground",
        "background_fill_primary": "--card",
        "background_fill_secondary": "--ground",
        "block_background_fill": "--card",
        "block_border_color": "--edge",
        "border_color_primary": "--edge",
        "block_label_background_fill": "--card",
        "block_label_text_color": "--ink",
        "block_title_text_color": "--ink",
        "block_info_text_color": "--soft",
        "body_text_color": "--ink",
        "body_text_color_subdued": "--soft",
        "input_background_fill": "--ground",
        "input_border_color": "--edge",
        "panel_background_fill": "--card",
        "color_accent": "--accent",
        "color_accent_soft": "--tint",
        "slider_color": "--accent",
        "button_primary_background_fill": "--accent-fill",
        "button_primary_background_fill_hover": "--accent-deep",
        "button_primary_text_color": "--on-accent",
        "button_secondary_background_fill": "--card",
        "button_secondary_background_fill_hover": "--tint",
        "button_secondary_text_color": "--ink",
        "button_secondary_border_color": "--edge",
        "button_cancel_background_fill": "--card",
        "button_cancel_text_color": "--accent",
        "button_cancel_border_color": "--accent",
        "checkbox_background_color_selected": "--accent-fill",
        "checkbox_border_color_selected": "--accent-fill",
        "checkbox_border_color": "--soft",
        "checkbox_label_background_fill": "--card",
        "checkbox_label_background_fill_selected": "--tint",
        "checkbox_label_text_color_selected": "--ink",
        "checkbox_label_border_color": "--edge",
        "link_text_color": "--accent",
    }
    known = inspect.signature(gr.themes.Base.set).parameters
    both = {f"{name}{dark}": f"var({color})" for name, color in pairs.items() for dark in ("", "_dark")}
    both = {name: color for name, color in both.items() if name in known}  # some have no dark shade of their own
    base = gr.themes.Base(font=SANS, font_mono=("ui-monospace", "monospace"), radius_size="md", spacing_size="md")
    return base.set(**both, block_shadow="none", button_primary_shadow="none", button_secondary_shadow="none")


def head() -> str:
    """What goes into the page's head: the font, the style sheet, the scripts.

    Not through Gradio's `css`, which repeats every rule with a prefix and breaks those with :is().
    """
    font = base64.b64encode((WEB / "display.woff2").read_bytes()).decode()
    face = f"font-family:Display;font-display:block;src:url(data:font/woff2;base64,{font}) format('woff2')"
    presets, tiles = cards.url(samples.served(samples.PRESET_TILES)), cards.url(samples.sprite())
    root = f'--tiles:url("{tiles}");--count:{len(samples.TILES)};--presets:url("{presets}")'
    css = (WEB / "page.css").read_text(encoding="utf-8")
    scripts = "\n".join((WEB / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return f"<style>@font-face{{{face}}}:root{{{root}}}{css}</style><script>{scripts}</script>"
