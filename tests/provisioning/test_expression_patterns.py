"""Regular expressions that can not hang, and patterns of times (pattern.py, time_pattern.py)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimbridge.provisioning.expression.errors import EvaluationError
from scimbridge.provisioning.expression.pattern import LONGEST_INPUT, Pattern
from scimbridge.provisioning.expression.time_pattern import compile_time_pattern


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("", "", "a"),
        (".*", "anything (at) all", "two\nlines"),
        ("SG-[A-Z]{2,3}-(RO|RW)", "SG-ABC-RW", "SG-ABCD-RW"),
        (r"\d+\.\w*", "42.a_1", "42x"),
        (r"\D\S\W", "a!-", "1!-"),
        ("[^a-c]", "d", "b"),
        (r"[\w.-]+@example\.test", "ada.moss-1@example.test", "ada@exampleXtest"),
        ("(?i)sales.*", "SALES eu", "Presales"),
        ("^exact$", "exact", "exactly"),
        (r"cost \$", "cost $", "cost "),
        (r"\\$", "\\", "$"),
        ("a{3}", "aaa", "aa"),
        ("a{2,}", "aaaa", "a"),
        ("(ab){0}c", "c", "abc"),
        ("a??b*?", "abb", "ba"),
        ("(?:a|)b", "b", "aab"),
        ("a-z", "a-z", "b"),
        ("[a-]", "-", "b"),
        ("]}", "]}", ""),
        (r"tab\there", "tab\there", "tabthere"),
    ],
)
def test_a_pattern_fits_the_whole_text(pattern: str, fitting: str, other: str) -> None:
    assert Pattern(pattern).matches(fitting)
    assert not Pattern(pattern).matches(other)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "a ( that is not closed"),
        ("a)", "a ) that closes nothing"),
        ("*a", "a * where it means nothing"),
        ("a++", "a + where it means nothing"),
        ("a|?", "a ? where it means nothing"),
        ("a{,2}b", "a { where it means nothing"),
        ("a^b", "a ^ where it means nothing"),
        ("[ab", "ends too early"),
        ("[]", "an empty []"),
        ("[b-a]", "a range that does not go up"),
        ("a{3,2}", "n is the smaller one"),
        ("a\\", "ends too early"),
        (r"(a)\1", r"a \1, which is not taken here"),
        (r"a\b", r"a \b, which is not taken here"),
        ("(?=a)", "no looking around"),
        ("(?P<n>a)", "no named groups"),
        ("a{201}", "more than 200 places"),
        ("((a{9}){9}){9}", "more than 200 places"),
        ("((((){99}){99}){99}){99}", "repeats too much"),
        ("(" * 30 + ")" * 30, "brackets inside one another"),
        ("a" * 501, "at most 500 characters"),
    ],
)
def test_a_pattern_that_is_not_taken_is_refused_with_a_sentence(pattern: str, reason: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        Pattern(pattern)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*b",
        "(a|aa)+b",
        "(.*)*b",
        ".*.*.*.*.*.*.*.*b",
        "a?" * 90 + "a" * 90,
        "(a{0,9}){0,9}b",
        "([a-z]+)*b",
    ],
)
def test_patterns_that_hang_other_engines_answer(pattern: str) -> None:
    """Counted, not timed: a letter costs a look at each place of the pattern at most."""
    looks = 0
    compiled = Pattern(pattern)

    def counted(accepts: object) -> object:
        def look(letter: str) -> bool:
            nonlocal looks
            looks += 1
            assert callable(accepts)
            return bool(accepts(letter))

        return look

    compiled._accepts = [counted(accepts) for accepts in compiled._accepts]  # type: ignore[misc]
    assert not compiled.matches("a" * (LONGEST_INPUT - 1) + "!")
    assert 0 < looks <= LONGEST_INPUT * 200


atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "-"])
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@given(patterns, st.text(alphabet="ab-1", max_size=8))
def test_a_pattern_means_what_it_means_elsewhere(pattern: str, text: str) -> None:
    """Texts this short do not hang Python's engine."""
    assert Pattern(pattern).matches(text) == (re.fullmatch(pattern, text) is not None)


@given(st.text(alphabet="a(|)[]^-*+?{},1\\d$.", max_size=30))
def test_whatever_is_written_is_a_pattern_or_a_sentence(pattern: str) -> None:
    try:
        compiled = Pattern(pattern)
    except EvaluationError:
        return
    assert compiled.matches("a1") in (True, False)


MOMENT = datetime(2026, 3, 1, 15, 4, 5, 678900, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2026-03-01T15:04:05.678+01:00"),
        ("YYYYMMdd", "20260301"),
        ("d.M.yy", "1.3.26"),
        ("EEE, MMM d", "Sun, Mar 1"),
        ("EEEE, MMMM dd", "Sunday, March 01"),
        ("h:mm a", "3:04 PM"),
        ("K k D S", "3 15 60 6"),
        ("SSSSSSSS", "67890000"),
        ("x-'W'ww-e", "2026-W09-7"),
        ("Z z ZZZ", "+0100 CET Europe/Berlin"),
        ("h 'o''clock'", "3 o'clock"),
        ("''yy", "'26"),
        ("\u00fc", "\u00fc"),
    ],
)
def test_a_time_is_written_in_a_pattern(pattern: str, text: str) -> None:
    assert compile_time_pattern(pattern).format(MOMENT) == text


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("yyyy-MM-dd", "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("yyyyMMddHHmm", "202603011504", datetime(2026, 3, 1, 15, 4, tzinfo=UTC)),
        ("d/M/yy", "1/3/69", datetime(2069, 3, 1, tzinfo=UTC)),
        ("d/M/yy", "1/3/70", datetime(1970, 3, 1, tzinfo=UTC)),
        ("EEEE d MMMM yyyy", "sunday 1 MARCH 2026", datetime(2026, 3, 1, tzinfo=UTC)),
        ("d MMM yyyy", "1 Mar 2026", datetime(2026, 3, 1, tzinfo=UTC)),
        ("yyyy DDD", "2026 060", datetime(2026, 3, 1, tzinfo=UTC)),
        ("yyyy h a", "2026 12 AM", datetime(2026, 1, 1, 0, tzinfo=UTC)),
        ("yyyy h a", "2026 12 PM", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("yyyy kk", "2026 24", datetime(2026, 1, 1, 0, tzinfo=UTC)),
        ("yyyy s.SSS", "2026 5.25", datetime(2026, 1, 1, 0, 0, 5, 250000, tzinfo=UTC)),
        ("yyyy-MM-dd HH:mmZ", "2026-03-01 15:04-0230", datetime(2026, 3, 1, 17, 34, tzinfo=UTC)),
        ("yyyyZ", "2026Z", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_from_a_pattern(pattern: str, text: str, moment: datetime) -> None:
    assert compile_time_pattern(pattern).parse(text) == moment


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd", "2026-3"),
        ("yyyy-MM-dd", "2026-13-01"),
        ("yyyy-MM-dd", "2026-02-30"),
        ("h a", "13 PM"),
        ("H", "24"),
        ("k", "25"),
        ("yyyy D", "2026 0x"),
        ("yyyy", "0000"),
        ("MMM", "Mrz"),
        ("yyyy yyyy", "2026 2026"),
        ("yyyy", "9" * 300),
        ("yyyy D", "9999 366"),
    ],
)
def test_a_text_that_is_no_such_time_is_refused(pattern: str, text: str) -> None:
    with pytest.raises(EvaluationError, match="time"):
        compile_time_pattern(pattern).parse(text)


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1000, 1, 1), datetime(9998, 1, 1), timezones=offsets))  # noqa: DTZ001
def test_what_is_written_is_read_again(moment: datetime) -> None:
    for pattern in ("yyyy-MM-dd'T'HH:mm:ss.SSSSSSZ", "EEE d MMM yyyy h:m:s a SSSSSS ZZ", "yyyyDDDHHmmssSSSSSSZZ"):
        compiled = compile_time_pattern(pattern)
        assert compiled.parse(compiled.format(moment)) == moment
