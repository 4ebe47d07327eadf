"""A witness signs a head only if it goes on from the last one: at the answers of tlog-witness, and over real HTTP."""

from __future__ import annotations

import hashlib
import http.client
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smalllog import LOG, NEXT_LOG, ORIGIN, WITNESSES, b64

from lastword.errors import InputError, UnreadableError, Where
from lastword.record.checkpoint import Checkpoint
from lastword.record.cosignature import WitnessKey, cosignatures
from lastword.record.note import Note, Signer
from lastword.record.tree import EMPTY_ROOT, Leaves, consistency_proof, leaf_hash, root
from lastword.record.witness import Outcome, Request, WitnessState, add_checkpoint, request
from lastword.witness.client import WitnessBehindError, WitnessError, submit
from lastword.witness.keeping import Memory, origin_digest
from lastword.witness.serving import WitnessServer

WITNESS = WITNESSES[0]
TIME = 1_772_442_000
LEAVES = tuple(leaf_hash(b"entry %d" % n) for n in range(40))
OTHERS = (*LEAVES[:5], *(leaf_hash(b"another %d" % n) for n in range(35)))
LOGS = {ORIGIN: [LOG.verifier]}


def head(size: int, leaves: Sequence[bytes] = LEAVES, by: Signer = LOG) -> bytes:
    """Return the signed head of the first ``size`` entries."""
    return by.sign(Checkpoint(by.name, size, root(leaves[:size])).text).encode()


def proof(old: int, new: int, leaves: Sequence[bytes] = LEAVES) -> tuple[bytes, ...]:
    """Return the proof between two sizes."""
    return consistency_proof(Leaves(tuple(leaves)), old, new) if old else ()


def state(size: int, leaves: Sequence[bytes] = LEAVES) -> WitnessState | None:
    """Return what the witness remembers after a head of ``size`` entries."""
    return WitnessState(size, root(leaves[:size])) if size else None


def asked(body: bytes, before: WitnessState | None = None) -> Outcome:
    """Return the answer to a request."""
    read = Request.read(body)
    assert read is not None
    return add_checkpoint(before, read, LOGS, WITNESS, TIME)


def signed(outcome: Outcome, note: bytes, key: WitnessKey = WITNESS.key) -> bool:
    """Say whether the answer is the witness's signature below ``note``."""
    at = Where("checkpoint")
    whole = Note.read(note + outcome.body.encode(), at)
    return [one.key for one in cosignatures(whole, [key], at)] == [key]


# -- the answers ---------------------------------------------------------------------------------------------------


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_head_that_goes_on_is_signed_and_remembered(one: int, other: int) -> None:
    """From every size to every larger or equal one, with the time of the witness."""
    old, new = sorted((one, other))
    outcome = asked(request(old, proof(old, new), head(new)), state(old))
    assert (outcome.status, outcome.state) == (200, WitnessState(new, root(LEAVES[:new])))
    assert signed(outcome, head(new))
    note = Note.read(head(new) + outcome.body.encode(), Where("checkpoint"))
    assert [one.time for one in cosignatures(note, [WITNESS.key], Where("checkpoint"))] == [TIME]


def test_a_log_that_is_not_known_is_not_found() -> None:
    """404; nothing is remembered."""
    stranger = Signer("other.example", bytes([7]) * 32)
    assert asked(request(0, (), head(3, by=stranger))) == Outcome(
        404, "this witness does not know this log\n"
    )


@pytest.mark.parametrize("note", [head(3, by=NEXT_LOG), head(3) + NEXT_LOG.line("x\n").encode()])
def test_signatures_of_keys_that_are_not_known_count_for_nothing(note: bytes) -> None:
    """403 if there is no other; beside the right one they are passed over."""
    right = note.startswith(head(3))
    assert asked(request(0, (), note)).status == (200 if right else 403)


def test_a_broken_signature_of_the_log_is_forbidden() -> None:
    """403, even beside a right one: such a note is malformed."""
    spoilt = head(3) + LOG.line("something else\n").encode()
    assert asked(request(0, (), spoilt)).status == 403
    assert asked(request(0, (), head(3).replace(b"\n3\n", b"\n4\n"))).status == 403


def test_an_old_size_beyond_the_head_is_a_bad_request() -> None:
    """400, as the specification orders it before the comparison with what is remembered."""
    assert asked(request(4, (), head(3)), state(4)).status == 400


@pytest.mark.parametrize(("old", "remembered"), [(0, 5), (3, 5), (5, 0), (7, 5)])
def test_another_old_size_than_the_remembered_one_is_a_conflict(old: int, remembered: int) -> None:
    """409, and the answer says the size that was signed last, so that the log can send the right proof."""
    outcome = asked(request(old, proof(old, 9), head(9)), state(remembered))
    assert outcome == Outcome(409, f"{remembered}\n")


def test_another_history_is_not_signed() -> None:
    """422: a proof that does not fit, the same size with another root, a proof from nothing, or one too long."""
    for body, before in (
        (request(7, proof(7, 9, OTHERS), head(9, OTHERS)), state(7)),
        (request(7, (), head(7, OTHERS)), state(7)),
        (request(7, (bytes(32),), head(7)), state(7)),
        (request(0, (bytes(32),), head(7)), None),
        (request(7, (), head(9)), state(7)),
        (request(7, (*proof(7, 9), bytes(32)), head(9)), state(7)),
        (request(7, proof(7, 9)[:-1], head(9)), state(7)),
        (request(7, proof(6, 9), head(9)), state(7)),
    ):
        outcome = asked(body, before)
        assert (outcome.status, outcome.state) == (422, None)
        assert "\u2014" not in outcome.body


def test_a_smaller_head_is_never_signed() -> None:
    """A log that takes entries back gets 409 or 400, whatever it says of the old size."""
    for old in range(10):
        assert asked(request(old, (), head(5)), state(9)).status in (400, 409)


def test_the_empty_log_may_be_signed_again_and_again() -> None:
    """Its root is the one of nothing; the first entries need no proof."""
    outcome = asked(request(0, (), head(0)))
    assert outcome.state == WitnessState(0, EMPTY_ROOT)
    assert asked(request(0, (), head(0)), outcome.state).status == 200
    assert asked(request(0, (), head(4)), outcome.state).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 1",
        b"old 1\n\n",
        head(3),
        b"old 01\n\n" + head(3),
        b"old -1\n\n" + head(3),
        b"old  1\n\n" + head(3),
        b"old x\n\n" + head(3),
        b"new 1\n\n" + head(3),
        b"old 1\nAAAA\n\n" + head(3),
        b"old 1\n!\n\n" + head(3),
        b"old 1\n" + b64(bytes(32)).encode()[:-1] + b"\n\n" + head(3),
        request(1, [bytes(32)] * 64, head(3)),
        b"old 1\r\n\r\n" + head(3),
        b"old 1\n\n" + head(3).replace(b"\n3\n", b"\n03\n"),
        b"old 1\n\n" + head(3)[:-1],
        b"old 1\n\nhello\n",
        b"old \xd9\xa1\n\n" + head(3),
        b"old 1\n\n" + b"x" * 100_000,
    ],
)
def test_what_is_no_request_is_a_bad_one(body: bytes) -> None:
    """Another first line, hashes that are none or too many, a head that is none, line ends of Windows, too long."""
    assert Request.read(body) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_none(body: bytes) -> None:
    """Never a crash."""
    for whole in (body, b"old 0\n" + body, b"old 0\n\n" + body, body + b"\n\n" + head(3)):
        read = Request.read(whole)
        assert read is None or read.old >= 0


def test_a_request_is_read_as_it_was_written() -> None:
    """Old size, proof and head; lines that another log adds below its head are signed with it."""
    read = Request.read(request(7, proof(7, 9), head(9)))
    assert read is not None
    assert (read.old, read.proof, bytes(read.note)) == (7, proof(7, 9), head(9))
    extended = LOG.sign(Checkpoint(ORIGIN, 9, root(LEAVES[:9])).text + "more\n").encode()
    outcome = asked(request(0, (), extended))
    assert signed(outcome, extended)
    assert not signed_other(outcome)


def signed_other(outcome: Outcome) -> bool:
    """Say whether the answer would also do for the head without the line that was added."""
    try:
        return signed(outcome, head(9))
    except InputError:
        return False


# -- over HTTP -----------------------------------------------------------------------------------------------------

Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Return a way to run a witness whose clock goes on by a second each time it is asked."""
    clock = count(TIME)

    @contextmanager
    def running(file: str = "witness.db") -> Iterator[str]:
        memory = Memory(tmp_path / file)
        with WitnessServer(("127.0.0.1", 0), memory, LOGS, WITNESS, lambda: next(clock)) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()

    return running


def ask(url: str, old: int, size: int, leaves: Sequence[bytes] = LEAVES) -> tuple[str, ...]:
    """Ask the witness at ``url`` to sign; with patience, for a test machine may be busy."""
    return submit(url, old, proof(old, size, leaves), head(size, leaves), key=WITNESS.key, patience=30)


def test_a_witness_signs_over_http(serve: Serve) -> None:
    """The client gets the line, which fits below the head; and again for the next head, and for the same one."""
    with serve() as url:
        for old, new in ((0, 3), (3, 9), (9, 9)):
            (line,) = ask(url, old, new)
            assert signed(Outcome(200, line), head(new))


def test_a_client_that_is_behind_is_told_the_size(serve: Serve) -> None:
    """It can then send the proof from there."""
    with serve() as url:
        ask(url, 0, 9)
        with pytest.raises(WitnessBehindError) as behind:
            ask(url, 3, 12)
        assert behind.value.size == 9
        assert ask(url, behind.value.size, 12)


def test_a_witness_that_was_started_again_remembers(serve: Serve) -> None:
    """Nothing is taken back by a restart: neither a smaller head nor another history is signed."""
    with serve() as url:
        ask(url, 0, 9)
    with serve() as url:
        for old, size, leaves in ((0, 5, LEAVES), (0, 9, OTHERS), (9, 9, OTHERS), (9, 12, OTHERS)):
            with pytest.raises(WitnessError):
                ask(url, old, size, leaves)
        assert ask(url, 9, 12)


def test_of_two_histories_at_once_one_is_signed(serve: Serve) -> None:
    """Eight clients at a time, in each round half of them with another history: never are both signed."""
    with serve() as url:
        ask(url, 0, 5)
        won: dict[str, int] = {"right": 0, "other": 0}
        start = threading.Barrier(8)

        def race(name: str, leaves: Sequence[bytes], size: int) -> None:
            start.wait()
            try:
                ask(url, 5, size, leaves)
            except WitnessError:
                return
            won[name] += 1

        threads = [
            threading.Thread(target=race, args=(name, leaves, 10 + turn))
            for turn in range(4)
            for name, leaves in (("right", LEAVES), ("other", OTHERS))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(won.values()) == [0, 1]


def test_what_could_not_be_saved_is_not_signed(serve: Serve, tmp_path: Path) -> None:
    """While another process holds the file, the answer is an error, and afterwards the old head still stands."""
    with serve() as url:
        ask(url, 0, 5)
        with closing(sqlite3.connect(tmp_path / "witness.db", isolation_level=None)) as other:
            other.execute(
                "CREATE TRIGGER full BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
            with pytest.raises(WitnessError, match="500"):
                ask(url, 5, 9)
            other.execute("DROP TRIGGER full")
        with pytest.raises(WitnessBehindError) as behind:
            ask(url, 9, 9)
        assert behind.value.size == 5


def test_the_file_itself_lets_no_head_go_back(tmp_path: Path) -> None:
    """Whoever writes into it by hand, or by a fault: smaller, or of the same size with another root, or deleted."""
    memory = Memory(tmp_path / "w.db")
    read = Request.read(request(0, (), head(9)))
    assert read is not None
    assert memory.add_checkpoint(read, LOGS, WITNESS, lambda: TIME).status == 200
    with closing(sqlite3.connect(tmp_path / "w.db", isolation_level=None)) as file:
        for statement in (
            "UPDATE head SET size = 8",
            "UPDATE head SET root = zeroblob(32)",
            "DELETE FROM head",
        ):
            with pytest.raises(sqlite3.IntegrityError, match=r"a head (is )?never"):
                file.execute(statement)


def test_a_file_that_is_no_store_of_a_witness_is_named(tmp_path: Path) -> None:
    """One error, with the file."""
    (tmp_path / "x").write_text("hello " * 1000)
    with pytest.raises(UnreadableError, match="no store of a witness"):
        Memory(tmp_path / "x")


def get(
    url: str, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str, bytes]:
    """Return status, kind and body of an answer."""
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        connection.request(
            method, path, body, {key.replace("_", "-"): value for key, value in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read()


def test_the_answers_are_those_of_the_specification(serve: Serve) -> None:
    """Statuses and kinds as tlog-witness says; other paths are not found, and endless requests are not read."""
    with serve() as url:
        assert get(url, "POST", "/add-checkpoint", request(0, (), head(3)))[0] == 200
        assert get(url, "POST", "/add-checkpoint", request(0, (), head(3))) == (
            409,
            "text/x.tlog.size",
            b"3\n",
        )
        assert get(url, "POST", "/add-checkpoint", b"hello")[0] == 400
        assert get(url, "POST", "/else", b"hello")[0] == 404
        assert get(url, "POST", "/add-checkpoint", None, Content_Length="9" * 30)[0] == 413
        assert get(url, "POST", "/add-checkpoint", None, Content_Length="x")[0] == 411
        assert get(url, "POST", "/add-checkpoint", None, Content_Length="-1")[0] == 411
        assert get(url, "GET", "/")[0] == 404


def test_who_watches_gets_the_last_head_with_both_signatures(serve: Serve) -> None:
    """Under the SHA-256 of the log's name; of a log that was never signed there is none."""
    digest = hashlib.sha256(ORIGIN.encode()).hexdigest()
    assert digest == origin_digest(ORIGIN)
    with serve() as url:
        assert get(url, "GET", f"/{digest}/checkpoint")[0] == 404
        (line,) = ask(url, 0, 3)
        note = get(url, "GET", f"/{digest}/checkpoint")[2]
        assert note == head(3) + line.encode()
        (line,) = ask(url, 3, 7)
        assert get(url, "GET", f"/{digest}/checkpoint")[2] == head(7) + line.encode()


def test_a_signature_of_another_witness_is_not_taken(serve: Serve) -> None:
    """The answer is checked before anything is kept of it."""
    with serve() as url, pytest.raises(WitnessError, match="no valid signature"):
        submit(url, 0, (), head(3), key=WITNESSES[1].key, patience=30)


def test_a_witness_that_is_away_is_an_error_in_words() -> None:
    """Nobody listens; nothing waits longer than it was told to."""
    with closing(socket.socket()) as taken:  # a port that nobody listens at
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(WitnessError, match="cannot be reached"):
            submit(f"http://127.0.0.1:{taken.getsockname()[1]}", 0, (), head(3), key=WITNESS.key)


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]
)
def test_a_witness_that_never_ends_its_answer_is_left(said: bytes) -> None:
    """It says nothing, or drips: after the patience it was given the client hangs up."""
    gone = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _address = server.accept()
            with connection:
                connection.sendall(said)
                while not gone.wait(0.02):
                    try:
                        connection.sendall(b"a" if said else b"")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(WitnessError):
                submit(
                    f"http://127.0.0.1:{server.getsockname()[1]}",
                    0,
                    (),
                    head(3),
                    key=WITNESS.key,
                    patience=0.2,
                )
        finally:
            gone.set()
            thread.join()


@pytest.mark.parametrize(
    "url",
    [
        "", "witness", "ftp://w.example", "http://", "http://w.example/?a=b", "http://w:x/", "file:///etc/passwd",
        "http://w.example/\n",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """HTTP and HTTPS alone, with a host, without a question or a line feed in it."""
    with pytest.raises(InputError, match="no address of a witness"):
        submit(url, 0, (), head(3), key=WITNESS.key)
