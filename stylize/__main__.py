"""python -m stylize: the command line."""

from .cli import program

program()
