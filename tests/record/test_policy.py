"""A policy says whom an auditor trusts; one that could be read in two ways is refused, line by line."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smalllog import LOG, NEXT_LOG

from lastword.errors import InputError, Where
from lastword.record.cosignature import WitnessSigner
from lastword.record.note import Signer
from lastword.record.policy import Policy

AT = Where("policy")
KEYS = [WitnessSigner(f"w.example/{n}", bytes([20 + n]) * 32).key for n in range(8)]
# The example of tlog-policy.md, with keys, tabs, a comment and an address.
EXAMPLE = f"""\
# whom we trust
log {LOG.verifier} https://log.example/

witness X1\t{KEYS[0]}
  witness X2 {KEYS[1]} https://x2.example/prefix
witness X3 {KEYS[2]}
group X-witnesses 2 X1 X2 X3

witness Y1 {KEYS[3]}
witness Y2 {KEYS[4]}
witness Y3 {KEYS[5]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def read(text: str) -> Policy:
    """Return the policy in ``text``."""
    return Policy.read(text.encode(), AT)


def test_the_example_of_the_specification_asks_for_two_of_one_group_and_one_of_another() -> None:
    """Every subset of the six witnesses, against the sentence in the specification."""
    policy = read(EXAMPLE)
    assert [log.key for log in policy.logs] == [LOG.verifier]
    assert policy.logs[0].url == "https://log.example/"
    assert [one.url for one in policy.witnesses][:2] == [None, "https://x2.example/prefix"]
    names = [one.name for one in policy.witnesses]
    for size in range(len(names) + 1):
        for chosen in combinations(names, size):
            enough = sum(one.startswith("X") for one in chosen) >= 2 and any(
                one.startswith("Y") for one in chosen
            )
            assert policy.met(chosen) is enough


def test_a_single_witness_may_be_the_quorum() -> None:
    """Then it is needed, and no other will do."""
    policy = read(f"witness a {KEYS[0]}\nwitness b {KEYS[1]}\nquorum a\n")
    assert (policy.met(["a"]), policy.met(["b"]), policy.met([])) == (True, False, False)
    assert policy.logs == ()


def test_quorum_none_asks_for_nobody() -> None:
    """Also where witnesses are named."""
    policy = read(f"witness a {KEYS[0]}\nquorum none")
    assert policy.met([])
    assert not policy.asks_for_witnesses


def test_names_that_are_no_witnesses_count_for_nothing() -> None:
    """Neither a name from elsewhere nor that of a group."""
    policy = read(f"witness a {KEYS[0]}\nwitness b {KEYS[1]}\ngroup g all a b\nquorum g\n")
    assert not policy.met(["g", "a", "c"])


def test_a_policy_is_written_as_it_is_read() -> None:
    """Written, read and written again it is the same."""
    policy = read(EXAMPLE)
    assert read(str(policy)) == policy


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no quorum line"),
        (f"log {LOG.verifier}\n", "no quorum line"),
        ("quorum none\nquorum none\n", "second quorum line"),
        ("quorum\n", "one name"),
        ("quorum a b\n", "one name"),
        (f"quorum a\nwitness a {KEYS[0]}\n", "no witness or group above"),
        ("quorum a\n", "no witness or group above"),
        ("Quorum none\n", "no kind of line"),
        ("logs x\n", "no kind of line"),
        ("log\nquorum none\n", "a log line has a key"),
        (f"log {LOG.verifier} a b\nquorum none\n", "a log line has a key"),
        ("log x\nquorum none\n", "verifier key"),
        (f"log {KEYS[0]}\nquorum none\n", "verifier key"),
        (f"log {LOG.verifier}\nlog {LOG.verifier}\nquorum none\n", "twice"),
        (f"log {LOG.verifier}\nlog {Signer('other', LOG.seed).verifier}\nquorum none\n", "twice"),
        (f"witness a {KEYS[0]}\nwitness b {KEYS[0]}\nquorum a\n", "twice"),
        (f"witness a {KEYS[0]}\nwitness a {KEYS[1]}\nquorum a\n", "it is taken"),
        (f"witness none {KEYS[0]}\nquorum none\n", "it is taken"),
        (f"witness {KEYS[0]}\nquorum none\n", "a witness line has a name"),
        (f"witness a {LOG.verifier}\nquorum a\n", "verifier key"),
        (f"witness a {KEYS[0]}\ngroup g any\nquorum g\n", "a group line has a name"),
        (f"witness a {KEYS[0]}\ngroup g 0 a\nquorum g\n", "cannot be"),
        (f"witness a {KEYS[0]}\ngroup g 2 a\nquorum g\n", "cannot be"),
        (f"witness a {KEYS[0]}\ngroup g 01 a\nquorum g\n", "cannot be"),
        (f"witness a {KEYS[0]}\ngroup g -1 a\nquorum g\n", "cannot be"),
        (f"witness a {KEYS[0]}\ngroup g ALL a\nquorum g\n", "cannot be"),
        (f"witness a {KEYS[0]}\ngroup g ٢ a\nquorum g\n", "cannot be"),
        (f"witness a {KEYS[0]}\ngroup g 2 a a\nquorum g\n", "count twice"),
        (f"witness a {KEYS[0]}\ngroup g any a\ngroup h any a\nquorum h\n", "count twice"),
        (f"group g any a\nwitness a {KEYS[0]}\nquorum g\n", "no witness or group above"),
        ("group g any g\nquorum g\n", "no witness or group above"),
        ("group g any none\nquorum g\n", "no witness or group above"),
        (f"witness a {KEYS[0]}\ngroup a any a\nquorum a\n", "it is taken"),
        ("quorum none\r\n", "control characters"),
        ("quorum none\0\n", "control characters"),
        ("quorum\u00a0none\n", "no kind of line"),  # only spaces and tabs stand between words
    ],
)
def test_what_is_wrong_is_named(text: str, why: str) -> None:
    """No quorum or two, keys of the wrong kind, doubled keys and names, groups that count somebody twice or look ahead."""
    with pytest.raises(InputError, match=why):
        read(text)


def test_everything_wrong_is_told_at_once_with_its_line() -> None:
    """Three faults, three lines."""
    with pytest.raises(InputError) as error:
        read(f"log x\nwitness a {KEYS[0]}\nhello\ngroup g 3 a\nquorum none\n")
    assert [problem.where.line for problem in error.value.problems] == [1, 3, 4]


def test_comments_may_hold_any_octets() -> None:
    """Latin-1 in a comment or name is no fault, and can be told in an error."""
    policy = Policy.read(b"# f\xfcr uns\nquorum none\n", AT)
    assert policy.quorum == "none"
    with pytest.raises(InputError) as error:
        Policy.read(b"quorum f\xfcr\n", AT)
    str(error.value).encode()


def test_a_policy_without_end_is_refused() -> None:
    """Ten thousand lines are the most."""
    with pytest.raises(InputError, match="too long"):
        read("\n" * 10_001 + "quorum none\n")


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_one_error(text: str) -> None:
    """Never a crash, and what is read is written so that it is read the same."""
    try:
        policy = Policy.read(text.encode(errors="surrogatepass"), AT)
    except InputError:
        return
    assert read(str(policy)) == policy


@given(
    thresholds=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    chosen=st.sets(st.sampled_from([f"w{n}" for n in range(8)])),
    more=st.sets(st.sampled_from([f"w{n}" for n in range(8)])),
)
def test_one_more_cosignature_never_spoils_a_quorum(
    thresholds: list[int], chosen: set[str], more: set[str]
) -> None:
    """Whatever the groups are, and met by counting as the specification says."""
    lines = [f"witness w{n} {key}" for n, key in enumerate(KEYS)]
    sizes = [min(3, 8 - 3 * n) for n in range(len(thresholds))]
    groups = [[f"w{3 * n + k}" for k in range(size)] for n, size in enumerate(sizes)]
    least = [min(k, len(members)) for k, members in zip(thresholds, groups, strict=True)]
    lines += [f"group g{n} {k} {' '.join(groups[n])}" for n, k in enumerate(least)]
    lines += [f"group top all {' '.join(f'g{n}' for n in range(len(groups)))}", "quorum top"]
    policy = read("\n".join(lines))
    met = all(len(chosen.intersection(members)) >= k for k, members in zip(least, groups, strict=True))
    assert policy.met(chosen) is met
    assert policy.met(chosen | more) >= met


def test_several_keys_of_one_log_may_be_trusted() -> None:
    """After a change of keys the old and the new one, with the same name."""
    policy = read(f"log {LOG.verifier}\nlog {NEXT_LOG.verifier}\nquorum none\n")
    assert [log.key for log in policy.logs] == [LOG.verifier, NEXT_LOG.verifier]
