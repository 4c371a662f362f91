# mypy: ignore-errors
"""An image input whose value is a path: stylize decodes the file, with its own limits, instead of Gradio."""

import gradio as gr


class Picture(gr.Image):
    """gr.Image whose value in handlers is a path, not checked yet: see guard/paths.py."""

    is_template = True  # drawn in the browser by gr.Image's own code

    def preprocess(self, payload):
        return None if payload is None else str(payload.path or "")
