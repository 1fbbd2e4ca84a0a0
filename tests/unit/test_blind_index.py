"""Blind indexes: equal values are found, and nothing else is told."""

from services.runtime.blind_index import INDEX_BYTES, BlindIndex

INDEX = BlindIndex("a-key-that-protects-nothing-but-tests")


def test_equal_values_of_one_column_have_equal_indexes() -> None:
    again = BlindIndex("a-key-that-protects-nothing-but-tests")

    assert INDEX.of("+8613800138000", about="t.c") == again.of("+8613800138000", about="t.c")
    assert len(INDEX.of("+8613800138000", about="t.c")) == INDEX_BYTES


def test_another_value_column_or_key_has_another_index() -> None:
    known = INDEX.of("a@example.cn", about="t.c")
    others = [
        INDEX.of("b@example.cn", about="t.c"),
        INDEX.of("a@example.cn", about="t.d"),
        INDEX.of("c:a@example.cn", about="t."),
        BlindIndex("another-key-that-protects-nothing-at-all").of("a@example.cn", about="t.c"),
    ]

    assert len({known, *others}) == 5


def test_an_index_stays_the_same_over_the_years() -> None:
    """It is compared with what is stored: another derivation would let everybody in twice."""
    assert INDEX.of("+8613800138000", about="t.c").hex() == "5528e54efdae7c0ea853389a025423e4"
