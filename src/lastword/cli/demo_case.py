"""The second half of ``lastword demo``: a request goes from filing to a use of its licence, and a stranger checks the evidence.

All of it happens in a practice record in a temporary folder, which is gone when the demo ends.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from lastword.errors import Where
from lastword.texts import language, marked

if TYPE_CHECKING:
    from lastword.record.cosignature import WitnessKey, WitnessSigner
    from lastword.record.note import Verifier

ORIGIN: Final = "demo.example.org/2026"
CASE: Final = "K7M4-QX2P"
BUNDLE: Final = "case.zip"
POLICY: Final = "policy"
_FILE: Final = (
    "case file camera --quantity 10 --from GB --to IN --end-use civil --party end_user=mountain-rescue"
)
_WITNESS: Final = "witness.example.org/demo"
_KEEPER: Final = "p-kay"
_HANDS_OUT: Final = "p-lena"
_HANDED_OUT: Final = "2026-03-16T12:00Z"


@dataclass(frozen=True, slots=True)
class Step:
    """A command as ``person`` types it at ``at``; ``most``: how many of its lines are shown. ``said``: why it is done."""

    said: str
    command: tuple[str, ...]
    person: str
    at: str
    most: int = 2


STEPS: Final = (
    Step(marked("The maker asks for ten cameras to go to a mountain rescue service in India:"),
         tuple(_FILE.split()), "p-edith", "2026-03-02T11:00Z", 3),
    Step(marked("The Foreign Office agrees, on a condition:"),
         ("case", "advise", CASE, "approve", "--proviso", "report each delivery"),
         "p-fern", "2026-03-03T10:00Z", 1),
    Step(marked("The Ministry of Defence agrees; one more department has no view:"),
         ("case", "advise", CASE, "approve"), "p-moss", "2026-03-04T10:00Z", 1),
    Step("", ("case", "advise", CASE, "no_view"), "p-dara", "2026-03-04T10:00Z", 1),
    Step(marked("The licensing unit decides; whoever decided cannot confirm it, another officer can:"),
         ("case", "decide", CASE, "grant"), "p-lena", "2026-03-09T15:00Z", 1),
    Step("", ("case", "countersign", CASE), "p-lena", "2026-03-10T09:00Z"),
    Step("", ("case", "countersign", CASE), "p-cora", "2026-03-10T09:00Z", 5),
    Step(marked("Four cameras go; seven more would be too many:"),
         ("licence", "use", CASE, "--use", "shipment-1", "--item", "1=4 piece"),
         "p-edith", "2026-03-16T10:00Z"),
    Step("", ("licence", "use", CASE, "--use", "shipment-2", "--item", "1=7 piece"),
         "p-edith", "2026-03-16T10:00Z"),
)  # fmt: skip
"""What is done to the case, in order; persons and product are those of ``examples/licensing-desk``."""


def practised(workspace: Path, tell: Callable[[Step, str], None]) -> str:
    """Take a request through a practice record with ``workspace`` loaded; return what ``lastword verify`` says of it.

    ``tell`` is given each step, and what came of it. Takes a few seconds.
    """
    with TemporaryDirectory(prefix="lastword-demo-") as name:
        folder = Path(name)
        store = folder / "practice"
        where = ("--store", str(store))
        began = "2026-03-02T07:00Z"
        _typed(["store", "init", str(store), "--origin", ORIGIN, "--keeper", _KEEPER, "--practice", "--at", began,
                "--private", str(folder / "private")])  # fmt: skip
        _typed(["load", str(workspace), *where, "--as", _KEEPER, "--at", began])
        for step in STEPS:
            words = [*step.command, *(("--id", CASE) if step.command[:2] == ("case", "file") else ())]
            tell(step, _typed([*words, *where, "--as", step.person, "--at", step.at]))
        _hand_out(store, folder)
        words = ["verify", str(folder / BUNDLE), "--policy", str(folder / POLICY), "--lang", language()]
        return _typed(words).replace(str(folder / BUNDLE), BUNDLE)


def _typed(words: Sequence[str]) -> str:
    """Return what a command prints, be it done or refused."""
    from lastword.cli.main import main  # it lists this command, so that it cannot be read before

    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said), suppress(SystemExit):  # the exit code tells no more
        main.main(list(words), prog_name="lastword", standalone_mode=False)
    return said.getvalue()


def _hand_out(store: Path, folder: Path) -> None:
    """Write the bundle about the case, and the policy of somebody who trusts this log if one witness watches it."""
    from lastword.app import instant
    from lastword.record.cosignature import WitnessSigner
    from lastword.record.policy import Policy
    from lastword.store.clock import FixedClock
    from lastword.store.export import AUDITOR, export, write_atomically
    from lastword.store.installation import Installation
    from lastword.store.streamindexing import stream_secret
    from lastword.store.witnessing import cosign

    installation = Installation.read(store)
    log, _entry = installation.keys()
    witness = WitnessSigner.new(_WITNESS, secrets.token_bytes(32), Where("witness"))
    policy_text = f"log {log.verifier}\nwitness w1 {witness.key} http://127.0.0.1/\nquorum w1\n".encode()
    policy = Policy.read(policy_text, Where(POLICY))
    ask = _Witness(witness, log.verifier, int(instant("--at", _HANDED_OUT).timestamp()))
    with installation.store(clock=FixedClock(instant("--at", _HANDED_OUT))) as record:
        bundle = export(
            record,
            CASE,
            by=_HANDS_OUT,
            to=AUDITOR,
            secret=stream_secret(installation.private),
            policy=policy,
            policy_text=policy_text,
            cosign=lambda head: cosign(record, policy, head, ask),
        )
    write_atomically(folder / BUNDLE, bundle.content)
    write_atomically(folder / POLICY, policy_text)


@dataclass(frozen=True, slots=True)
class _Witness:
    """A witness that signs its first head, in the same process; a real one is asked over the network."""

    signer: WitnessSigner
    log: Verifier
    time: int

    def __call__(
        self, url: str, old_size: int, proof: Sequence[bytes], note: bytes, *, key: WitnessKey
    ) -> tuple[str, ...]:
        from lastword.record.witness import Request, add_checkpoint, request

        asked = Request.read(request(old_size, proof, note))
        if asked is None:
            return ()
        return (add_checkpoint(None, asked, {self.log.name: (self.log,)}, self.signer, self.time).body,)
