"""What is wrong with a content pack: file, key and rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a pack."""

    file: str
    key: str
    """Where in the file: a TOML key such as `document[2].slug`, or a line."""

    expected: str

    def __str__(self) -> str:
        """Name file, key and rule on one line."""
        return (
            f"{self.file}: {self.key}: {self.expected}"
            if self.key
            else (f"{self.file}: {self.expected}")
        )
