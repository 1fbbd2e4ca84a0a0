"""Forms that are bombs: refused before they can hurt, and before others would notice."""

import tracemalloc
from collections.abc import Callable
from functools import partial
from time import process_time
from timeit import repeat

import pytest

from models.vocabulary import Language
from services.errors import Refusal
from services.feedback_forms import reading
from services.feedback_forms.columns import Choices
from services.feedback_forms.refusals import FormTooLarge, FormTooManyRows, FormUnreadable
from tests.support import filled_forms

pytestmark = pytest.mark.alone

NOTICED_SECONDS = 0.2
EXPECTED = reading.Form("2026-first", Choices({}), Language.ZH)


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (filled_forms.bomb, FormTooLarge),
        (partial(filled_forms.bomb, says=1000), FormUnreadable),
        (filled_forms.many_files, FormTooLarge),
        (partial(filled_forms.workbook, [{"comment": "x"}] * 100_000), FormTooManyRows),
        (partial(filled_forms.marked_up, b"<!--" + b"x" * 20_000_000), FormUnreadable),
        (partial(filled_forms.marked_up, b"<a>" * 5_000_000), FormTooLarge),
    ],
    ids=[
        *("1 GiB", "1 GiB that says 1 kB", "60,000 files", "100,000 rows"),
        *("20 MB of comment", "5,000,000 elements"),
    ],
)
def test_a_bomb_is_refused_at_once_and_never_unpacked(
    make: Callable[[], bytes], refusal: type[Refusal]
) -> None:
    content = make()
    refusal()  # The sentences are read once.

    def refused() -> None:
        with pytest.raises(refusal):
            reading.read(content, form=EXPECTED)

    # The least of three: slipcover takes its counters out of all code in the midst of a call.
    taken = min(repeat(refused, timer=process_time, number=1, repeat=3))
    tracemalloc.start()
    refused()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(content) < 3 * 1024**2
    assert taken < NOTICED_SECONDS
    assert most < 20 * 1024**2
