"""What is sealed opens with the right key at its own place, and nowhere else."""

import pytest

from services.runtime.sealing import HEAD_BYTES, Sealer, SealUnreadable

OLD = "the-key-that-was-in-force-before-this-one"
NEW = "the-key-that-is-in-force-from-now-on-here"
ABOUT = "access_tokens.sealed:wx12"


def test_what_was_sealed_opens() -> None:
    sealer = Sealer(NEW)

    sealed = sealer.seal(b"token", about=ABOUT)

    assert sealer.open(sealed, about=ABOUT) == b"token"
    assert b"token" not in sealed
    assert sealer.seal(b"token", about=ABOUT) != sealed


def test_an_empty_value_can_be_sealed() -> None:
    assert Sealer(NEW).open(Sealer(NEW).seal(b"", about=ABOUT), about=ABOUT) == b""


def test_a_wrong_key_opens_nothing() -> None:
    sealed = Sealer(OLD).seal(b"token", about=ABOUT)

    with pytest.raises(SealUnreadable) as refused:
        Sealer(NEW).open(sealed, about=ABOUT)

    assert refused.value.code == "seal_unreadable"


def test_a_value_that_was_moved_does_not_open() -> None:
    sealer = Sealer(NEW)
    sealed = sealer.seal(b"token", about=ABOUT)

    with pytest.raises(SealUnreadable):
        sealer.open(sealed, about="access_tokens.sealed:wx34")


def test_no_byte_can_be_changed_or_cut() -> None:
    sealer = Sealer(NEW)
    sealed = sealer.seal(b"token", about=ABOUT)
    changed = [
        sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))
    ]
    cut = [sealed[:length] for length in range(len(sealed))]

    for damaged in changed + cut:
        with pytest.raises(SealUnreadable):
            sealer.open(damaged, about=ABOUT)
    assert len(sealed) > HEAD_BYTES


def test_an_old_key_still_opens_until_everything_is_sealed_anew() -> None:
    before, after = Sealer(OLD), Sealer(NEW, old=[OLD])
    sealed = before.seal(b"token", about=ABOUT)

    opened = after.open(sealed, about=ABOUT)
    anew = after.seal(opened, about=ABOUT)

    assert opened == b"token"
    assert (after.is_current(sealed), after.is_current(anew)) == (False, True)
    assert Sealer(NEW).open(anew, about=ABOUT) == b"token"
    with pytest.raises(SealUnreadable):
        before.open(anew, about=ABOUT)


def test_a_key_that_is_old_and_current_is_current() -> None:
    sealer = Sealer(NEW, old=[NEW, OLD])

    assert sealer.is_current(sealer.seal(b"token", about=ABOUT))
