"""A checkpoint is read back only as it was signed, and the formats are those that others read."""

from __future__ import annotations

import pytest

from audit.notes import Head, NotSigned, SigningKey, VerifierKey

HEAD = Head(20852163, bytes(range(32)))
KEY = SigningKey("models.example.org/ledger", bytes(range(32)))
AT = 1_700_000_000


def test_a_checkpoint_says_what_was_signed():
    note = KEY.note(HEAD, at=AT)
    opened = KEY.verifier.opened(note)

    assert (opened.origin, opened.head, opened.signed_at) == (KEY.name, HEAD, AT)
    assert note.startswith("models.example.org/ledger\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— ")


def test_keys_are_written_and_read():
    assert SigningKey.parsed(str(KEY)) == KEY
    assert VerifierKey.parsed(str(KEY.verifier)) == KEY.verifier
    assert str(KEY).startswith("PRIVATE+KEY+models.example.org/ledger+")
    assert "PRIVATE" not in str(KEY.verifier)
    assert str(KEY.secret) not in repr(KEY)


def test_a_key_of_the_go_checksum_database_is_read():
    """The key that every Go installation pins for sum.golang.org."""
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"

    assert str(VerifierKey.parsed(text)) == text


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param(lambda note: note.replace("20852163", "20852164"), id="another size"),
        pytest.param(lambda note: note.replace("AAECAw", "BAECAw"), id="another root"),
        pytest.param(
            lambda note: note.replace("models.example.org/ledger", "models.example.org/other"), id="another log"
        ),
        pytest.param(lambda note: note.replace("\n\n—", "\nmore\n\n—"), id="another line"),
        pytest.param(lambda note: "\n".join(note.split("\n")[:-2]) + "\n", id="no time"),
        pytest.param(lambda note: note.replace(note.split("\n")[4] + "\n", ""), id="only the time"),
        pytest.param(lambda note: note.partition("\n\n")[0] + "\n\n", id="not signed"),
        pytest.param(lambda note: note[:-3] + "\n", id="half a signature"),
        pytest.param(lambda note: note.rstrip("\n"), id="no end of the last line"),
        pytest.param(lambda note: "", id="nothing"),
    ],
)
def test_a_note_that_was_altered_is_not_opened(altered):
    with pytest.raises(NotSigned):
        KEY.verifier.opened(altered(KEY.note(HEAD, at=AT)))


def test_the_time_belongs_to_what_is_signed():
    earlier, later = KEY.note(HEAD, at=AT - 60), KEY.note(HEAD, at=AT)
    first, second = (note.split("\n")[5] for note in (earlier, later))
    assert first != second

    another = KEY.note(Head(5, HEAD.root), at=AT)
    with pytest.raises(NotSigned):
        KEY.verifier.opened(later.replace(second, another.split("\n")[5]))


def test_a_key_signs_for_its_own_log_only():
    note = KEY.note(HEAD, at=AT)

    with pytest.raises(NotSigned):
        SigningKey.made(KEY.name).verifier.opened(note)
    with pytest.raises(NotSigned):
        KEY.verifier.named("models.example.org/other").opened(note)


def test_signatures_of_others_are_passed_over():
    witness = SigningKey.made("witness.example.org")
    cosigned = KEY.note(HEAD, at=AT) + witness._line(b"\x04", b"\x00" * 72)

    assert KEY.verifier.opened(cosigned).head == HEAD


@pytest.mark.parametrize("name", ["", "two words", "one+two", "tab\tbed", "line\n"])
def test_a_log_has_a_name_that_a_note_can_bear(name):
    with pytest.raises(ValueError, match="neither spaces"):
        SigningKey.made(name)


@pytest.mark.parametrize(
    "text",
    ["", "PRIVATE+KEY+name", str(KEY.verifier), str(KEY)[:-4], str(KEY).replace("ledger", "other"), "a+b+c+d+e"],
)
def test_what_is_no_signing_key_is_refused(text):
    with pytest.raises(ValueError, match=r"It is|another id"):
        SigningKey.parsed(text)


@pytest.mark.parametrize("text", ["", "name", str(KEY), str(KEY.verifier).replace("ledger", "other")])
def test_what_is_no_verifier_key_is_refused(text):
    with pytest.raises(ValueError, match=r"It is|another id"):
        VerifierKey.parsed(text)
