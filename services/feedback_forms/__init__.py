"""Feedback by form: the blank workbook of a round, and filled-in ones read and entered."""
