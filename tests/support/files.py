"""Small files such as staff put in: right by content, whatever their names."""

import zipfile
from pathlib import Path

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def pdf(path: Path, *, padding: int = 0) -> Path:
    """Write a PDF of a few bytes, or of a few more."""
    path.write_bytes(PDF + b" " * padding)
    return path


def xlsx(path: Path) -> Path:
    """Write the parts by which a workbook is told."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return path
