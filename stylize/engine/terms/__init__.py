"""The terms of the loss, one class a file. To add one: write its class and list it in TERMS."""

from .base import Measured as Measured
from .base import Term as Term
from .content import Content
from .grain import Grain
from .gram import Gram
from .neighbors import Neighbors
from .palette import Palette
from .patches import Patches
from .smoothness import Smoothness
from .structure import Structure

TERMS: tuple[type[Term], ...] = (Content, Structure, Gram, Neighbors, Patches, Palette, Grain, Smoothness)
