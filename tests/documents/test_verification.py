"""Each tier that a letter's signatures are in is explained, and no other."""

import pytest
from django.utils.translation import override

from petitions.documents.verification import verification
from petitions.models import Assurance


def points(tiers: list[Assurance]) -> list[str]:
    _, _, listed = verification(tiers).partition("\n\n")
    return listed.splitlines()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_tier_has_a_sentence_of_its_own(language: str) -> None:
    with override(language):
        labels = [f"- **{tier.label}**" for tier in Assurance]
        said = points(list(Assurance))
    assert [point[: len(label)] for point, label in zip(said, labels, strict=True)] == labels
    assert len({point.partition("**")[2].partition("**")[2] for point in said}) == len(Assurance)


def test_only_tiers_that_are_there_are_explained() -> None:
    [email] = points([Assurance.EMAIL])
    assert email.startswith("- **e-mail address**: the signer typed a code")
