"""Texts of the page in each language."""
