"""Exports: figures as tables for people who work in a spreadsheet."""
