"""What a command does with something wrong in its input: each problem on a line of its own, exit code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from lastword.errors import InputError

BAD_INPUT = 2


@contextmanager
def exit_on_input_error() -> Iterator[None]:
    """Print problems as ``error: file:line: what; mend`` and exit with 2. Use as decorator or with ``with``."""
    try:
        yield
    except InputError as error:
        for problem in error.problems:
            click.echo(f"error: {problem}", err=True)
    except BrokenPipeError:
        raise  # whoever reads has seen enough; click ends quietly
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"error: {place}{error.strerror or error}", err=True)
    else:
        return
    raise SystemExit(BAD_INPUT)
