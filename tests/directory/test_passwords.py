"""Hashing passwords, and the rules a realm may have for them."""

import asyncio
from collections.abc import Iterator

import pytest

from scimbridge.access.realm import PasswordRules
from scimbridge.directory.passwords import Argon2Hasher, accept, check_rules
from scimbridge.scim.errors import InvalidValue


@pytest.fixture(scope="module")
def hasher() -> Iterator[Argon2Hasher]:
    hasher = Argon2Hasher(threads=2)
    yield hasher
    hasher.close()


async def test_a_hash_is_argon2id_and_proves_its_password_alone(hasher: Argon2Hasher) -> None:
    encoded = await hasher.hash("corréct horse")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(encoded, "corréct horse")
    assert not await hasher.verify(encoded, "correct horse")


@pytest.mark.parametrize("encoded", ["", "$argon2id$", "plain", "$2b$12$abcdefghijklmnopqrstuv"])
async def test_what_is_no_hash_proves_nothing(hasher: Argon2Hasher, encoded: str) -> None:
    assert not await hasher.verify(encoded, "x")


async def test_the_loop_goes_on_while_passwords_are_hashed(hasher: Argon2Hasher) -> None:
    hashing = asyncio.gather(*(hasher.hash(str(n)) for n in range(4)))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    await hashing
    assert turns > 100


@pytest.mark.parametrize(
    ("rules", "password", "words"),
    [
        (PasswordRules(min_length=12), "eleven char", "at least 12"),
        (PasswordRules(max_length=8), "nine char", "at most 8"),
        (PasswordRules(blocklist=("Letmein",)), "lETMEIN", "not allowed"),
    ],
)
def test_a_password_against_a_rule_is_refused_with_the_rule(rules: PasswordRules, password: str, words: str) -> None:
    with pytest.raises(InvalidValue, match=words) as refusal:
        check_rules(password, rules)
    assert password not in str(refusal.value)


def test_a_policy_that_drops_passwords_has_no_rules() -> None:
    assert accept("x", "ignore", PasswordRules(min_length=12)) is None


async def test_hashes_of_another_cost_are_made_in_the_same_threads(hasher: Argon2Hasher) -> None:
    cheaper = hasher.at_cost(7168, 5)
    hashing = asyncio.ensure_future(cheaper.hash("corréct horse"))
    await asyncio.sleep(0)
    assert hasher.waiting == 1
    assert (await hashing).startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert (await hasher.hash("x")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
