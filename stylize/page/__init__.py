"""The Gradio page that app.py serves. No image maths here, and no gradio elsewhere."""
