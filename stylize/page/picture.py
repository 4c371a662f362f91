# mypy: ignore-errors
"""An image as the file that came: stylize.images knows limits, orientation and colour, gradio need not decode it."""

import gradio as gr


class Picture(gr.Image):
    """gr.Image that hands over a path, and decodes nothing; it is checked again where the file is opened."""

    is_template = True  # it is drawn by gr.Image's own code

    def preprocess(self, payload):
        return str(payload.path) if payload else None
