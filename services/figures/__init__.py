"""Figures: how the consultation goes, as sums for those of ours who look after it.

Everything is summed up by the database. Nothing here says who did something: visits are counters of
days, and of people only groups are counted, small ones as "fewer than three".
"""

from services.figures.boards import Board, gather
from services.figures.files import FigureNotFound, take
from services.figures.pictures import Drawing, Picture, Series
from services.figures.spans import Choice, Span

__all__ = [
    "Board",
    "Choice",
    "Drawing",
    "FigureNotFound",
    "Picture",
    "Series",
    "Span",
    "gather",
    "take",
]
