"""A text in Chinese and in English, kept together in one column."""

from dataclasses import asdict, dataclass

from sqlalchemy import JSON, Dialect
from sqlalchemy.types import TypeDecorator

from models.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same text for both readers. An empty English text means the Chinese one is shown."""

    zh: str
    en: str = ""

    def text(self, language: Language) -> str:
        """Give the text in a language, or in the other one where it is empty."""
        return (self.en or self.zh) if language is Language.EN else (self.zh or self.en)

    def __bool__(self) -> bool:
        """Tell whether there is any text at all."""
        return bool(self.zh or self.en)


class BilingualText(TypeDecorator[Bilingual]):
    """A Bilingual as a JSON object with the keys zh and en."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(
        self, value: Bilingual | None, dialect: Dialect
    ) -> dict[str, str] | None:
        """Store both texts."""
        del dialect
        return None if value is None else asdict(value)

    def process_result_value(
        self, value: dict[str, str] | None, dialect: Dialect
    ) -> Bilingual | None:
        """Give both texts back."""
        del dialect
        return None if value is None else Bilingual(**value)
