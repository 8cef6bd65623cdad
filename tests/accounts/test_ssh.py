"""An SSH signature shows control of a listed key, over this statement, for this site; no other does.

What can be asked of the real ssh-keygen is: it makes the signatures and has to agree on them.
"""

import base64
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ecdsa_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from accounts.ssh.key import SigningKey
from accounts.ssh.refusal import (
    AlgorithmRefused,
    NotASignature,
    NotTouched,
    OtherNamespace,
    OtherText,
    SignatureRefused,
    UnlistedKey,
)
from accounts.ssh.signature import MAXIMUM_SIZE, verify
from accounts.ssh.statement import command, namespace, statement

from .sshsig import (
    PRESENT,
    Device,
    Envelope,
    armor,
    dearmor,
    ecdsa_device,
    ed25519_device,
    key_line,
    mpint,
    string,
    with_application,
)

NAMESPACE = "undersigned@letters.example"
UNTIL = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
KEY_TYPES = [
    ("ed25519", 256),
    ("ecdsa", 256),
    ("ecdsa", 384),
    ("ecdsa", 521),
    ("rsa", 2048),
    ("rsa", 3072),
    ("rsa", 4096),
]
with_ssh_keygen = pytest.mark.ssh_keygen


def make_statement(
    *,
    github_url: str = "https://github.com",
    login: str = "octocat",
    page: str = "https://letters.example/petitions/weekends/",
    challenge: str = "mN3xQ0sYv1",
    until: datetime = UNTIL,
) -> str:
    return statement(
        github_url=github_url, login=login, page=page, challenge=challenge, until=until
    )


STATEMENT = make_statement().encode()


@dataclass(frozen=True)
class Owner:
    """Somebody with a key file and ssh-keygen."""

    file: Path

    @property
    def line(self) -> str:
        return self.file.with_suffix(".pub").read_text()

    @property
    def fingerprint(self) -> str:
        listed = run("ssh-keygen", "-l", "-f", str(self.file))
        return listed.stdout.decode().split()[1]

    def sign(self, text: bytes, *options: str, namespace: str = NAMESPACE) -> str:
        done = run(
            *("ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(self.file), *options),
            stdin=text,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()


def run(*arguments: str, stdin: bytes = b"", home: Path | None = None) -> "Done":
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home or "/nonexistent")}
    return subprocess.run(
        arguments, input=stdin, capture_output=True, check=False, timeout=60, env=environment
    )


type Done = subprocess.CompletedProcess[bytes]


@pytest.fixture(scope="module")
def owner_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Owner]:
    """Make, once, the owner of a key of a type and size."""
    folder = tmp_path_factory.mktemp("keys")

    def make(kind: str, bits: int) -> Owner:
        file = folder / f"id_{kind}_{bits}"
        if not file.exists():
            done = run(
                *("ssh-keygen", "-q", "-t", kind, "-b", str(bits), "-N", "", "-f", str(file))
            )
            assert done.returncode == 0, done.stderr
        return Owner(file)

    return make


@pytest.fixture(scope="module")
def owner(owner_of: Callable[[str, int], Owner]) -> Owner:
    return owner_of("ed25519", 256)


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BLOB = string(b"ssh-ed25519") + string(KEY.public_key().public_bytes_raw())
ENVELOPE = Envelope(BLOB, NAMESPACE.encode(), STATEMENT)
LINE = key_line(BLOB)


def signed(envelope: Envelope = ENVELOPE) -> str:
    """A signature by a key of ours, without ssh-keygen."""
    return envelope.with_signature(string(b"ssh-ed25519") + string(KEY.sign(envelope.signed)))


def refusal(
    armored: str,
    *,
    text: bytes = STATEMENT,
    namespace: str = NAMESPACE,
    keys: tuple[str, ...] = (LINE,),
) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as refused:
        verify(text, armored, namespace, keys)
    return refused.value


# What ssh-keygen makes


@with_ssh_keygen
@pytest.mark.parametrize(("kind", "bits"), KEY_TYPES)
@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
def test_signature_by_a_listed_key_names_the_key(
    owner_of: Callable[[str, int], Owner], kind: str, bits: int, hash_name: str
) -> None:
    owner = owner_of(kind, bits)
    armored = owner.sign(STATEMENT, "-O", f"hashalg={hash_name}")
    key = verify(STATEMENT, armored, NAMESPACE, [LINE, owner.line])
    assert key.algorithm == owner.line.split()[0]
    assert key.fingerprint == owner.fingerprint


@with_ssh_keygen
@pytest.mark.parametrize(("kind", "bits"), KEY_TYPES)
def test_signature_is_of_one_text_namespace_and_key(
    owner_of: Callable[[str, int], Owner], kind: str, bits: int
) -> None:
    owner = owner_of(kind, bits)
    armored, keys = owner.sign(STATEMENT), (owner.line,)
    other = make_statement(challenge="another").encode()
    assert type(refusal(armored, text=other, keys=keys)) is OtherText
    assert type(refusal(armored, namespace="undersigned@evil.example", keys=keys)) is OtherNamespace
    assert type(refusal(armored, keys=(LINE,))) is UnlistedKey


@with_ssh_keygen
def test_rsa_key_of_1024_bits_is_refused(
    owner_of: Callable[[str, int], Owner],
) -> None:
    owner = owner_of("rsa", 1024)
    refused = refusal(owner.sign(STATEMENT), keys=(owner.line,))
    assert type(refused) is AlgorithmRefused
    assert str(refused) == "The RSA key has 1024 bits, and is accepted from 2048 to 16384."


@with_ssh_keygen
def test_dsa_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "id_dsa"
    if run("ssh-keygen", "-q", "-t", "dsa", "-N", "", "-f", str(file)).returncode:
        pytest.skip("this OpenSSH makes no DSA keys any more")
    owner = Owner(file)
    refused = refusal(owner.sign(STATEMENT), keys=(owner.line,))
    assert type(refused) is AlgorithmRefused
    assert str(refused).startswith("“ssh-dss” is too weak, or not known here.")


@with_ssh_keygen
def test_certificate_is_no_key_of_the_account(owner: Owner, tmp_path: Path) -> None:
    public = shutil.copy(owner.file.with_suffix(".pub"), tmp_path / "id.pub")
    done = run("ssh-keygen", "-q", "-s", str(owner.file), "-I", "me", "-n", "me", str(public))
    assert done.returncode == 0, done.stderr
    certificate = (tmp_path / "id-cert.pub").read_text()
    blob = base64.b64decode(certificate.split()[1])
    armored = signed(replace(ENVELOPE, key=blob))
    refused = refusal(armored, keys=(certificate, owner.line))
    assert type(refused) is AlgorithmRefused
    assert str(refused).startswith("“ssh-ed25519-cert-v01@openssh.com” is too weak, or")


@with_ssh_keygen
@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize("login", ["octocat", "octo'; touch pwned; '", 'o\\n$(id)`id`"!!'])
def test_shown_command_signs_the_statement(
    owner: Owner, tmp_path: Path, shell: str, login: str
) -> None:
    (tmp_path / ".ssh").mkdir()
    for file in (owner.file, owner.file.with_suffix(".pub")):
        name = file.name.replace(owner.file.stem, "id_ed25519")
        shutil.copy(file, tmp_path / ".ssh" / name)
    text = make_statement(login=login)
    done = run(shell, "-c", f"cd && {command(text, NAMESPACE)}", home=tmp_path)
    assert done.returncode == 0, done.stderr
    key = verify(text.encode(), done.stdout.decode(), NAMESPACE, [owner.line])
    assert key.fingerprint == owner.fingerprint
    assert [file.name for file in tmp_path.iterdir()] == [".ssh"]


def agrees(armored: str, text: bytes, tmp_path: Path, namespace: str = NAMESPACE) -> bool:
    """Whether ssh-keygen finds the signature right, whosever it is."""
    file = tmp_path / "signature"
    file.write_text(armored)
    checked = ("ssh-keygen", "-Y", "check-novalidate", "-n", namespace, "-s", str(file))
    return run(*checked, stdin=text).returncode == 0


@with_ssh_keygen
@pytest.mark.parametrize(
    ("envelope", "right"),
    [
        (ENVELOPE, True),
        (replace(ENVELOPE, hash_name=b"sha256"), True),
        (replace(ENVELOPE, hash_name=b"sha384"), False),
        (replace(ENVELOPE, namespace=b"file"), False),
        (replace(ENVELOPE, version=2), False),
        (replace(ENVELOPE, magic=b"SSHSIX"), False),
        (replace(ENVELOPE, trailing=b"\0"), False),
        (replace(ENVELOPE, text=STATEMENT + b" "), False),
        (replace(ENVELOPE, key=string(b"ssh-ed25519") + string(bytes(31))), False),
    ],
)
def test_ssh_keygen_agrees(envelope: Envelope, right: bool, tmp_path: Path) -> None:  # noqa: FBT001
    armored = signed(envelope)
    assert agrees(armored, STATEMENT, tmp_path) == right
    assert accepts(armored, key_line(envelope.key)) == right


@with_ssh_keygen
@pytest.mark.parametrize("make_device", [ed25519_device, ecdsa_device])
@pytest.mark.parametrize("application", [b"ssh:", b"ssh:letters"])
def test_signature_by_hardware_is_accepted_as_ssh_keygen_does(
    make_device: Callable[[], Device], application: bytes, tmp_path: Path
) -> None:
    device = with_application(make_device(), application)
    line = key_line(device.blob)
    armored = device.signed(device.envelope(NAMESPACE.encode(), STATEMENT))
    signers = tmp_path / "signers"
    signers.write_text(f'octocat namespaces="{NAMESPACE}" {line}\n')
    signature = tmp_path / "signature"
    signature.write_text(armored)
    checked = ("-Y", "verify", "-f", str(signers), "-I", "octocat", "-n", NAMESPACE)
    done = run("ssh-keygen", *checked, "-s", str(signature), stdin=STATEMENT)
    key = verify(STATEMENT, armored, NAMESPACE, [line])
    assert done.returncode == 0, done.stdout + done.stderr
    assert key.fingerprint in done.stdout.decode()
    assert key == SigningKey(device.blob)


def accepts(armored: str, *keys: str) -> bool:
    try:
        verify(STATEMENT, armored, NAMESPACE, keys)
    except SignatureRefused:
        return False
    return True


# Hardware


@pytest.mark.parametrize("make_device", [ed25519_device, ecdsa_device])
@pytest.mark.parametrize("flags", [b"\x00", b"\x04", b"\xfe"])
def test_hardware_that_nobody_touched_is_refused(
    make_device: Callable[[], Device], flags: bytes
) -> None:
    device = make_device()
    armored = device.signed(device.envelope(NAMESPACE.encode(), STATEMENT), flags)
    refused = refusal(armored, keys=(key_line(device.blob),))
    assert type(refused) is NotTouched
    assert str(refused) == (
        "The security key was used without being touched. Sign again, and touch it."
    )


@pytest.mark.parametrize("make_device", [ed25519_device, ecdsa_device])
@pytest.mark.parametrize(("flags", "counter"), [(b"\x05", 7), (PRESENT, 8)])
def test_flags_and_counter_of_hardware_are_signed(
    make_device: Callable[[], Device], flags: bytes, counter: int
) -> None:
    device = make_device()
    envelope = device.envelope(NAMESPACE.encode(), STATEMENT)
    state, claimed = PRESENT + (7).to_bytes(4), flags + counter.to_bytes(4)
    blob = dearmor(device.signed(envelope))
    assert blob.endswith(state)
    armored = armor(blob.removesuffix(state) + claimed)
    assert type(refusal(armored, keys=(key_line(device.blob),))) is OtherText


def test_hardware_for_another_use_is_refused() -> None:
    device = with_application(ed25519_device(), b"https://bank.example")
    armored = device.signed(device.envelope(NAMESPACE.encode(), STATEMENT))
    assert type(refusal(armored, keys=(key_line(device.blob),))) is AlgorithmRefused


def test_plain_signature_by_the_key_of_hardware_is_refused() -> None:
    """The private key of a software key must not pass as one that was touched."""
    blob = string(b"sk-ssh-ed25519@openssh.com") + BLOB[len(string(b"ssh-ed25519")) :]
    envelope = replace(ENVELOPE, key=blob + string(b"ssh:"))
    refused = refusal(signed(envelope), keys=(key_line(envelope.key),))
    assert type(refused) is AlgorithmRefused
    assert str(refused).startswith("“ssh-ed25519” is too weak, or not known here.")


# ECDSA


@with_ssh_keygen
def test_number_without_its_sign_byte_is_refused_as_ssh_keygen_does(tmp_path: Path) -> None:
    key = generate_ecdsa_key(SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    name = b"ecdsa-sha2-nistp256"
    envelope = replace(ENVELOPE, key=string(name) + string(b"nistp256") + string(point))
    r, s = 0, 0
    while r < 2**255:  # half of all numbers need a zero before them, so as not to be negative
        r, s = decode_dss_signature(key.sign(envelope.signed, ECDSA(hashes.SHA256())))
    right = envelope.with_signature(string(name) + string(mpint(r) + mpint(s)))
    wrong = envelope.with_signature(string(name) + string(string(r.to_bytes(32)) + mpint(s)))
    line = key_line(envelope.key)
    assert [accepts(right, line), agrees(right, STATEMENT, tmp_path)] == [True, True]
    assert [accepts(wrong, line), agrees(wrong, STATEMENT, tmp_path)] == [False, False]
    assert type(refusal(wrong, keys=(line,))) is NotASignature


# RSA


@pytest.fixture(scope="module")
def rsa() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def rsa_envelope(key: RSAPrivateKey) -> Envelope:
    numbers = key.public_key().public_numbers()
    return replace(ENVELOPE, key=string(b"ssh-rsa") + mpint(numbers.e) + mpint(numbers.n))


def test_sha1_signature_is_refused(rsa: RSAPrivateKey) -> None:
    envelope = rsa_envelope(rsa)
    value = rsa.sign(envelope.signed, PKCS1v15(), hashes.SHA1())
    armored = envelope.with_signature(string(b"ssh-rsa") + string(value))
    refused = refusal(armored, keys=(key_line(envelope.key),))
    assert type(refused) is AlgorithmRefused
    assert str(refused) == (
        "“ssh-rsa” is too weak, or not known here. Sign with an Ed25519, ECDSA or RSA key and a"
        " current OpenSSH."
    )


def test_sha1_signature_under_another_name_is_refused(rsa: RSAPrivateKey) -> None:
    envelope = rsa_envelope(rsa)
    value = rsa.sign(envelope.signed, PKCS1v15(), hashes.SHA1())
    armored = envelope.with_signature(string(b"rsa-sha2-256") + string(value))
    assert type(refusal(armored, keys=(key_line(envelope.key),))) is OtherText


def test_rsa_signature_may_leave_out_its_leading_zeros(rsa: RSAPrivateKey) -> None:
    """As RFC 4253 has it; one in 256 starts with one."""
    for number in range(5000):
        text = make_statement(challenge=str(number)).encode()
        envelope = replace(rsa_envelope(rsa), text=text)
        value = rsa.sign(envelope.signed, PKCS1v15(), hashes.SHA256())
        if value[0] == 0:
            break
    assert value[0] == 0
    armored = envelope.with_signature(string(b"rsa-sha2-256") + string(value.lstrip(b"\0")))
    assert verify(text, armored, NAMESPACE, [key_line(envelope.key)]).algorithm == "ssh-rsa"


# Tampering


def hardware_signature(device: Device) -> tuple[str, str]:
    return key_line(device.blob), device.signed(device.envelope(NAMESPACE.encode(), STATEMENT))


@pytest.mark.parametrize(
    ("line", "armored"),
    [
        (LINE, signed()),
        hardware_signature(ed25519_device()),
        hardware_signature(ecdsa_device()),
    ],
    ids=["ed25519", "sk-ed25519", "sk-ecdsa"],
)
def test_signature_with_any_flipped_bit_is_refused(line: str, armored: str) -> None:
    original = dearmor(armored)
    assert accepts(armored, line)
    for bit in range(8 * len(original)):
        blob = bytearray(original)
        blob[bit // 8] ^= 1 << bit % 8
        assert not accepts(armor(bytes(blob)), line), bit


@given(st.data())
def test_changed_signature_is_one_of_no_other_text_namespace_or_key(data: st.DataObject) -> None:
    """Whatever is cut out and put in, and whoever then lists the key that it names."""
    blob = dearmor(signed())
    start = data.draw(st.integers(0, len(blob)))
    end = data.draw(st.integers(start, len(blob)))
    changed = armor(blob[:start] + data.draw(st.binary(max_size=80)) + blob[end:])
    text = make_statement(login=data.draw(st.text(st.characters(codec="utf-8"), min_size=1)))
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    other_line = key_line(string(b"ssh-ed25519") + string(other))
    refusal(changed, text=f"{text} ".encode())
    refusal(changed, namespace="undersigned@evil.example")
    refusal(changed, keys=(other_line,))


@given(st.binary(max_size=300))
def test_any_bytes_in_the_armor_are_refused(blob: bytes) -> None:
    assert type(refusal(armor(b"SSHSIG\0\0\0\1" + blob))) in {
        NotASignature,
        OtherNamespace,
    }


@pytest.mark.parametrize("size", [0, 1, 6, 10, 40, 100])
def test_truncated_signature_is_refused(size: int) -> None:
    refused = refusal(armor(dearmor(signed())[:size]))
    assert type(refused) is NotASignature
    assert str(refused) == (
        "The signature is damaged. Copy it again, from the line BEGIN to the line END."
    )


@pytest.mark.parametrize(
    "envelope",
    [
        replace(ENVELOPE, version=0),
        replace(ENVELOPE, version=2),
        replace(ENVELOPE, magic=b"SSHSIX"),
        replace(ENVELOPE, reserved=b"x"),
        replace(ENVELOPE, trailing=b"\0"),
    ],
)
def test_envelope_of_another_format_is_refused(envelope: Envelope) -> None:
    assert type(refusal(signed(envelope))) is NotASignature


def test_bytes_after_the_signature_in_its_field_are_refused() -> None:
    value = string(b"ssh-ed25519") + string(KEY.sign(ENVELOPE.signed)) + b"\0"
    assert type(refusal(ENVELOPE.with_signature(value))) is NotASignature


def test_signature_with_another_algorithm_than_the_key_is_refused() -> None:
    value = string(b"rsa-sha2-512") + string(KEY.sign(ENVELOPE.signed))
    assert type(refusal(ENVELOPE.with_signature(value))) is AlgorithmRefused


def test_hash_that_is_not_known_is_named() -> None:
    refused = refusal(signed(replace(ENVELOPE, hash_name=b"md5")))
    assert type(refused) is AlgorithmRefused
    assert str(refused).startswith("“md5” is too weak, or not known here.")


def test_other_namespace_is_shown_without_its_control_characters() -> None:
    refused = refusal(signed(replace(ENVELOPE, namespace=b"git\x1b\xe2\x80\xae")))
    assert str(refused) == (
        r"The signature was made for “git\x1b\xe2\x80\xae”, and not for"
        " “undersigned@letters.example”."
    )


def test_long_namespace_is_shown_in_part() -> None:
    refused = refusal(signed(replace(ENVELOPE, namespace=b"x" * 9000)))
    assert str(refused).startswith(f"The signature was made for “{'x' * 80}…”")


def test_other_text_is_said() -> None:
    assert str(refusal(signed(), text=b"another")) == (
        "The signature is of another text. Copy the command again, and run it unchanged."
    )


def test_unlisted_key_is_named_by_its_fingerprint() -> None:
    assert str(refusal(signed(), keys=())) == (
        f"The key that signed, {SigningKey(BLOB).fingerprint}, is not among the public keys of the"
        " account. Sign with one that is, or add it there first."
    )


# What is pasted


@pytest.mark.parametrize(
    "change",
    [
        lambda armored: armored.replace("\n", "\r\n"),
        lambda armored: armored.strip(),
        lambda armored: f"\n\n  {armored}\n",
        lambda armored: armored.replace("\n", "\n  "),
    ],
)
def test_spaces_and_line_ends_that_pasting_adds_do_no_harm(change: Callable[[str], str]) -> None:
    assert verify(STATEMENT, change(signed()), NAMESPACE, [LINE]) == SigningKey(BLOB)


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        LINE,
        "-----BEGIN PGP SIGNATURE-----\nAAAA\n-----END PGP SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----",
        signed().replace("END", "end"),
        f"$ {signed()}",
        f"{signed()}$",
        "\udcff" * 100,
        pytest.param("A" * 10_000_000, id="huge"),
        pytest.param(
            f"-----BEGIN SSH SIGNATURE-----\n{'A' * MAXIMUM_SIZE}\n-----END SSH SIGNATURE-----",
            id="a little too big",
        ),
    ],
)
def test_what_is_no_armor_is_refused_with_what_one_looks_like(pasted: str) -> None:
    refused = refusal(pasted)
    assert type(refused) is NotASignature
    assert str(refused) == (
        "This is not an SSH signature. It starts with the line “-----BEGIN SSH SIGNATURE-----” and"
        " ends with the line “-----END SSH SIGNATURE-----”."
    )


@pytest.mark.parametrize("inside", ["", "!!!!", "AAA", "ÄÄÄÄ", "\udcff", "U1NIU0lH====", signed()])
def test_what_is_no_base64_is_refused(inside: str) -> None:
    pasted = f"-----BEGIN SSH SIGNATURE-----\n{inside}\n-----END SSH SIGNATURE-----"
    assert type(refusal(pasted)) is NotASignature


def test_who_pastes_a_private_key_is_told_to_replace_it() -> None:
    pasted = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"
    assert str(refusal(pasted)) == (
        "This is a private key, which nobody else may ever see. It was not kept here, but replace"
        " it. What is needed is the output of the command."
    )


# The keys of the account


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        f"{LINE} octocat@laptop and more",
        f"  {LINE}\t\n",
        LINE.replace(" ", "\t"),
    ],
)
def test_listed_key_is_found_between_other_lines(line: str) -> None:
    garbage = ["", "# a comment", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-ed25519 AAAA", "\0 \udcff"]
    keys = [*garbage, key_line(ed25519_device().blob), line, *garbage]
    assert verify(STATEMENT, signed(), NAMESPACE, keys) == SigningKey(BLOB)


@pytest.mark.parametrize(
    "line",
    [
        f"# {LINE}",
        f"cert-authority {LINE}",
        f'command="{LINE}" {key_line(ed25519_device().blob)}',
        f"ssh-rsa {LINE.split()[1]}",
        f"ssh-ed25519 {key_line(ed25519_device().blob)} {LINE}",
        LINE[:-4],
    ],
)
def test_key_in_a_comment_or_behind_options_is_not_listed(line: str) -> None:
    assert type(refusal(signed(), keys=(line,))) is UnlistedKey


# The statement


def test_statement_says_what_who_where_and_until_when() -> None:
    until = datetime(2026, 11, 22, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    assert make_statement(until=until) == (
        "I control the GitHub account https://github.com/octocat and want this to be noted at"
        " https://letters.example/petitions/weekends/ (challenge mN3xQ0sYv1, valid until"
        " 2026-11-22 10:30 UTC)."
    )


def test_each_part_makes_another_statement() -> None:
    statements = {
        make_statement(),
        make_statement(github_url="https://github.example"),
        make_statement(login="octodog"),
        make_statement(page="https://letters.example/petitions/other/"),
        make_statement(challenge="another"),
        make_statement(until=UNTIL + timedelta(minutes=1)),
    }
    assert len(statements) == 6


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_statement_is_one_line_that_nothing_in_it_can_leave(login: str, page: str) -> None:
    text = make_statement(login=login, page=page, challenge=page)
    assert text.isascii()
    assert text.isprintable()
    assert "'" not in text
    assert "\\" not in text
    assert text.count(" ") == make_statement().count(" ")


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_statements_of_two_logins_differ(one: str, other: str) -> None:
    same = make_statement(login=one) == make_statement(login=other)
    assert same == (one == other)


@pytest.mark.parametrize(("one", "other"), [("é", "%C3%A9"), ("a b", "a%20b"), ("a/b", "a%2Fb")])
def test_login_that_looks_like_another_in_an_address_is_another(one: str, other: str) -> None:
    assert make_statement(login=one) != make_statement(login=other)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_line_end_that_a_shell_adds_does_no_harm(end: bytes) -> None:
    armored = signed(replace(ENVELOPE, text=STATEMENT + end))
    assert verify(STATEMENT, armored, NAMESPACE, [LINE]) == SigningKey(BLOB)


@pytest.mark.parametrize("change", [b"\n\n", b"\r", b" ", b" \n", b"\0"])
def test_anything_else_at_the_end_is_another_text(change: bytes) -> None:
    armored = signed(replace(ENVELOPE, text=STATEMENT + change))
    assert type(refusal(armored)) is OtherText


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_statement_with_a_line_end_cannot_be_asked_for(end: bytes) -> None:
    with pytest.raises(ValueError, match="one line"):
        verify(STATEMENT + end, signed(), NAMESPACE, [LINE])


@pytest.mark.parametrize(
    ("base_url", "wanted"),
    [
        ("https://Letters.example", "undersigned@letters.example"),
        ("http://127.0.0.1:8000", "undersigned@127.0.0.1:8000"),
        ("https://[::1]:8000/", "undersigned@[::1]:8000"),
        ("https://a'b\\c.example", "undersigned@a%27b%5Cc.example"),
    ],
)
def test_namespace_is_that_of_the_site(base_url: str, wanted: str) -> None:
    assert namespace(base_url) == wanted


def test_command_is_the_same_in_every_shell() -> None:
    assert command("I sign.", NAMESPACE) == (
        "echo 'I sign.' | ssh-keygen -Y sign -n 'undersigned@letters.example'"
        ' -f "$HOME/.ssh/id_ed25519"'
    )
