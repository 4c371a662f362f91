"""The method: networks, loss terms, and the Adam loop."""
