import subprocess
import sys

import pytest

from petitions.log.cosignature import Cosigner, with_cosignatures
from petitions.log.note import Signer
from petitions.log.receipt import Opening, Receipt
from tests.verifier.conftest import Verify
from tests.verifier.world import TEXT, VKEY, World

WITNESSES = [Cosigner(Signer(f"witness.example/{name}", bytes([name]) * 32)) for name in (1, 2)]


def test_receipt_that_is_right_says_whose_it_is(world: World, verify: Verify) -> None:
    result = verify("receipt", world.receipt(2), "--key", VKEY)
    assert (result.code, result.error) == (0, "")
    assert result.out == (
        "The receipt is right: entry 2 is in the log example.org/log, as of its checkpoint of 5 "
        "entries.\n"
        "It is a signature of 2026-11-22, verified by email, under the text with the SHA-256 "
        f"{TEXT.hex()}.\n"
        "It is the signature of this record: "
        '{"affiliation":"","name":"Ada Lovelace","role":"=Analyst","v":1}\n'
        "No witnesses were given with --witness, so none were looked for.\n"
        "Whether it was withdrawn later is not known without --log.\n"
    )


def test_receipt_that_was_tampered_with_is_refused(world: World, verify: Verify) -> None:
    file = world.receipt(2)
    whole = file.read_bytes()
    for place in range(0, len(whole), 7):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        result = verify("receipt", file, "--key", VKEY)
        assert (result.code, result.out) == (1, ""), result
        assert result.error.count("\n") == 1


def test_receipt_with_the_name_of_another_is_refused(world: World, verify: Verify) -> None:
    file = world.receipt(2)
    receipt = Receipt.decode(file.read_bytes())
    opening = Opening.decode(receipt.extra)
    extra = Opening(opening.salt, opening.leaf, opening.record.replace(b"Ada", b"Eve")).encoded()
    forged = Receipt(receipt.index, receipt.proof, receipt.checkpoint, extra)
    file.write_bytes(forged.encoded())
    result = verify("receipt", file, "--key", VKEY)
    assert (result.code, result.error) == (
        1,
        "The receipt's record is not the one that was signed.\n",
    )


def test_receipt_by_another_key_is_refused(world: World, verify: Verify) -> None:
    other = Signer("example.org/log", bytes(32)).verifier.encoded()
    result = verify("receipt", world.receipt(2), "--key", other)
    assert result.code == 1
    assert "no signature by example.org/log" in result.error


def test_receipt_from_before_a_withdrawal_says_so(world: World, verify: Verify) -> None:
    file = world.receipt(2)
    assert verify("receipt", file, "--log", world.log).code == 0
    world.sign("Later")
    world.end(3)
    world.end(2)
    world.publish()
    result = verify("receipt", file, "--key", VKEY, "--log", world.log)
    assert result.code == 4
    assert result.error.startswith(
        "The signature no longer counts: it was withdrawn by entry 7 of the log. "
        "The receipt is right: entry 2"
    )


def test_receipt_from_before_a_removal_says_so(world: World, verify: Verify, address: str) -> None:
    file = world.receipt(4)
    world.end(4, "remove", reason="fraud")
    world.publish()
    result = verify("receipt", file, "--key", VKEY, "--log", address)
    assert result.code == 4
    assert "it was removed by entry 5" in result.error


def test_receipt_of_a_log_that_went_back_is_reported(world: World, verify: Verify) -> None:
    world.sign("Fourth")
    elsewhere = World(world.folder / "elsewhere")
    elsewhere.entries = list(world.entries[:-1])
    elsewhere.publish()
    world.publish()
    result = verify("receipt", world.receipt(5), "--key", VKEY, "--log", elsewhere.log)
    assert (result.code, result.error) == (
        1,
        "The log has 5 entries, but a checkpoint that it signed before has 6.\n",
    )


def test_receipt_shows_how_many_witnesses_saw_it(world: World, verify: Verify) -> None:
    file = world.receipt(2)
    receipt = Receipt.decode(file.read_bytes())
    line = WITNESSES[0].cosign(receipt.checkpoint, 1_800_000_000).encoded()
    checkpoint = with_cosignatures(receipt.checkpoint, line, WITNESSES[0].witness)
    file.write_bytes(Receipt(2, receipt.proof, checkpoint, receipt.extra).encoded())
    options: list[str] = []
    for each in WITNESSES:
        options += ["--witness", each.witness.encoded()]
    result = verify("receipt", file, "--key", VKEY, *options, "--quorum", "1")
    assert result.code == 0
    assert "1 of your 2 witnesses cosigned the checkpoint: witness.example/1.\n" in result.out
    result = verify("receipt", file, "--key", VKEY, *options, "--quorum", "2")
    assert (result.code, result.error) == (
        1,
        "Only 1 of the 2 witnesses that you want have cosigned it.\n",
    )


def test_receipt_with_a_wrong_cosignature_is_refused(world: World, verify: Verify) -> None:
    file = world.receipt(2)
    receipt = Receipt.decode(file.read_bytes())
    line = WITNESSES[0].cosign(world.checkpoint(4), 1_800_000_000).encoded()
    forged = Receipt(2, receipt.proof, receipt.checkpoint + line, receipt.extra)
    file.write_bytes(forged.encoded())
    vkey = WITNESSES[0].witness.encoded()
    assert verify("receipt", file, "--key", VKEY, "--witness", vkey).code == 1
    # Who does not know the witness passes it over, as the specification asks.
    assert verify("receipt", file, "--key", VKEY).code == 0


def test_key_may_be_in_a_file_or_be_the_log_s_own_word(world: World, verify: Verify) -> None:
    assert verify("receipt", world.receipt(2), "--key", world.log / "key").code == 0
    result = verify("receipt", world.receipt(2), "--log", world.log)
    assert f"The key was taken from the log itself: {VKEY}." in result.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["receipt", "missing", "--key", VKEY], 2),
        (["receipt", "."], 2),
        (["receipt", ".", "--key", "nonsense"], 2),
        (["receipt", ".", "--key", VKEY], 1),
        (["receipt", ".", "--key", VKEY, "--witness", VKEY], 2),
        (["receipt", ".", "--log", "missing"], 2),
        (["receipt", ".", "--log", "ftp://example.org/"], 2),
        (["receipt", ".", "--log", "http://[/"], 2),
        (["monitor", "http://127.0.0.1:9/", "--state", "x"], 3),
        (["monitor", ".", "--state", "x", "--key", VKEY], 3),
    ],
)
def test_wrong_use_is_one_sentence(arguments: list[str], code: int, verify: Verify) -> None:
    result = verify(*arguments)
    assert (result.code, result.out) == (code, "")
    assert result.error.count("\n") == 1


def test_nothing_that_a_terminal_obeys_is_printed(world: World, verify: Verify) -> None:
    index = world.sign("\u202eevil\u0085")
    world.publish()
    result = verify("receipt", world.receipt(index), "--key", VKEY)
    assert result.code == 0
    assert '"name":"\\u202eevil\\x85"' in result.out


def test_command_needs_nothing_of_the_server(world: World) -> None:
    file = world.receipt(2)
    program = (
        "import sys; from verifier.__main__ import main; code = main(sys.argv[1:]);"
        "server = {'django', 'celery', 'redis', 'psycopg', 'accounts'} & set(sys.modules);"
        "own = {n for n in sys.modules if n.startswith('petitions.')};"
        "assert all(n.startswith('petitions.log') for n in own), own;"
        "assert not server, server; sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "receipt", str(file), "--key", VKEY]
    assert subprocess.run(command, check=False).returncode == 0
