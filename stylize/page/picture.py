# mypy: ignore-errors
"""An image input that hands over the uploaded file's path: stylize decodes it, with its own limits, not Gradio."""

import gradio as gr


class Picture(gr.Image):
    """gr.Image whose value in handlers is a path. It is not checked yet: see guard/paths.py."""

    is_template = True  # drawn in the browser by gr.Image's own code

    def preprocess(self, payload):
        return None if payload is None else str(payload.path or "")
