"""The page that app.py serves; gradio stays in here, the arithmetic in stylize."""
