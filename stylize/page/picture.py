# mypy: ignore-errors
"""An image as the file that came: stylize.images knows limits, orientation and colour, gradio need not decode it."""

import gradio as gr

from .visits import uploads


class Picture(gr.Image):
    """gr.Image that hands over a path, and decodes nothing; it is checked again where the file is opened."""

    is_template = True  # it is drawn by gr.Image's own code

    def preprocess(self, payload):
        if payload is None:
            return None
        return str(payload.path or uploads.checked(None))  # which says that there is no such file
