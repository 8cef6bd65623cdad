"""Two spellings of one mailbox are one person; two mailboxes are two."""

import pytest

from accounts.addresses import Address, AddressError


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("ada.lovelace@gmail.com", "adalovelace+letters@googlemail.com"),
        ("ada@straße.de", "ada@xn--strae-oqa.de"),
        ("ada-l@proton.me", "ada_l@pm.me"),
        ("ada+x@icloud.com", "ada@me.com"),
    ],
)
def test_spellings_of_one_mailbox_are_the_same(one: str, other: str) -> None:
    assert Address.parse(one).canonical == Address.parse(other).canonical
    assert Address.parse(one).keyed_hash(b"key") == Address.parse(other).keyed_hash(b"key")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a.da@example.com", "ada@example.com"),
        ("ada+x@example.com", "ada@example.com"),
        ("ada@example.com", "ada@example.com.evil.com"),
        ("ada@example.com", "ada@exаmple.com"),
    ],
)
def test_different_mailboxes_are_different(one: str, other: str) -> None:
    assert Address.parse(one).canonical != Address.parse(other).canonical


def test_mail_goes_to_the_address_as_typed() -> None:
    assert str(Address.parse("Ada.Lovelace+x@gmail.com")) == "Ada.Lovelace+x@gmail.com"


def test_hash_needs_the_key() -> None:
    address = Address.parse("ada@example.com")
    assert address.keyed_hash(b"one") != address.keyed_hash(b"other")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@localhost",
        "ada@[127.0.0.1]",
        "ada@example.com\r\nBcc: all@example.com",
        "Ada <ada@example.com>",
        "a\x00@example.com",
        '"a b"@example.com',
        "ädä@example.com",
        "=?utf-8?q?x?=@example.com",
        f"{'a' * 65}@example.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressError):
        Address.parse(text)
