"""``lastword worker``: lets fall due what falls due, and judges open cases again when the world changed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from threading import Event
from typing import Any

import click

from lastword.app import configured, opened
from lastword.cli.acting import told
from lastword.cli.commands import collect_garbage
from lastword.texts import _, speak


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what there is to do now, and end.")
@click.option("--poll", type=click.FloatRange(min=0.1, max=3600), default=5.0, show_default=True, metavar="SECONDS",
              help="How long to wait when nothing is to be done.")  # fmt: skip
@click.option("--store", type=click.Path(path_type=Path, file_okay=False),
              help="The store; else LASTWORD_STORE, else the key `store` in lastword.toml.")  # fmt: skip
@click.option("--at", metavar="INSTANT", help="What time it is; in a practice store only.")
@click.option("--lang", metavar="LANG", help="en or de.")
def worker(once: bool, poll: float, store: Path | None, at: str | None, lang: str | None) -> None:
    """Let what is due happen: silence gets its meaning, windows close, licences and reservations expire. And judge open cases
    again when facts, rules, calendars or moratoria changed.

    It may be killed at any moment and started again; nothing is done twice. While the record cannot be written, e.g. by a clock
    that jumped, it says so and waits. It ends when it is told to (SIGTERM, Ctrl-C).
    """
    stop = Event()
    with told():
        config = configured(os.environ, Path(), store=store, at=at, lang=lang)
        if config.language:
            speak(config.language)
        with opened(config) as desk, _stopping(stop):
            from lastword.clearance.worker import Round, Worker
            from lastword.store.refusal import ReadOnlyError, StoreError

            collect_garbage()  # it may live for weeks
            working = Worker(desk, stop.is_set)
            if not once:
                click.echo(_("at work on %(origin)s; Ctrl-C ends it") % {"origin": desk.store.origin})
            trouble: type[StoreError] | None = None
            while True:
                try:
                    done, trouble = working.round(), None
                except StoreError as why:
                    if once or isinstance(why, ReadOnlyError):
                        raise
                    # A clock or a disk is put right while it waits, and what is due stays due.
                    if trouble is not type(why):
                        click.echo(_("nothing is written for now: %(why)s") % {"why": why}, err=True)
                    done, trouble = Round(), type(why)
                for failed in done.failed:
                    click.echo(_("%(stream)s is left alone for now: %(why)s") % {
                        "stream": failed.stream, "why": failed.why,
                    }, err=True)  # fmt: skip
                if once or done.due or done.changed:
                    click.echo(_("%(due)d fell due, %(judged)d judged again, %(changed)d changed") % {
                        "due": done.due, "judged": done.judged, "changed": done.changed,
                    })  # fmt: skip
                if once or stop.is_set() or stop.wait(poll):
                    return


class _stopping:
    """Sets an event when the process is told to end; the act at hand is finished first."""

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> None:
        for one in (signal.SIGTERM, signal.SIGINT):
            self.before[one] = signal.signal(one, lambda *_: self.stop.set())

    def __exit__(self, *_why: object) -> None:
        for one, handler in self.before.items():
            signal.signal(one, handler)
