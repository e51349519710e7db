"""What every command shares: how errors become lines and exit codes, and how text reaches the terminal."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qualitychain.errors import ChainWarning, ModelFileError, QualityChainError
from qualitychain.reporting.page.escaping import escaped

if TYPE_CHECKING:
    from qualitychain.model.chain.chain import Chain

MET, NOT_MET, IMPOSSIBLE, INTERNAL, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141


class Program(click.Group):
    """The group of commands: the one place where an exception becomes an exit code."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A call without a command is wrong usage, which click before 8.2 takes for a success."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(IMPOSSIBLE)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever it raises is said in a line on standard error."""
        ctx.obj = {"file": None}
        with warnings.catch_warnings():
            warnings.simplefilter("always", ChainWarning)
            warnings.showwarning = _show_warning(warnings.showwarning)
            try:
                result = super().invoke(ctx)
                sys.stdout.flush()
            except (click.exceptions.Exit, click.Abort):
                raise
            except click.ClickException as error:
                error.show()
                ctx.exit(IMPOSSIBLE)
            except KeyboardInterrupt:
                complain("interrupted")
                ctx.exit(INTERRUPTED)
            except BrokenPipeError:
                _give_up_output()
                ctx.exit(PIPE_CLOSED)
            except QualityChainError as error:
                _explain(error, ctx.obj["file"])
                ctx.exit(IMPOSSIBLE)
            except OSError as error:
                _give_up_output()
                complain(f"{error.filename or 'output'}: {error.strerror or error}")
                ctx.exit(IMPOSSIBLE)
            except Exception as error:
                if ctx.params.get("debug"):
                    raise
                complain(
                    f"internal error: {type(error).__name__}: {error} "
                    "(run 'qualitychain --debug ...' for the traceback, and please report it)"
                )
                ctx.exit(INTERNAL)
            return result

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program; an internal error that is to be seen whole ends it here."""
        try:
            return super().main(*args, **kwargs)
        except Exception:  # noqa: BLE001  only with --debug does an internal error come as far as here
            import traceback

            click.echo(escaped(traceback.format_exc()), err=True, nl=False)
            sys.exit(INTERNAL)


def _explain(error: QualityChainError, file: str | None) -> None:
    for line in str(error).splitlines() or [type(error).__name__]:
        complain(line if file is None or isinstance(error, ModelFileError) else f"{file}: {line}")


def _show_warning(otherwise: Any) -> Any:
    def show(message: Any, category: Any, *place: Any, **options: Any) -> None:
        if issubclass(category, ChainWarning):
            for line in str(message).splitlines():
                complain(f"{line} (warning)")
        else:
            otherwise(message, category, *place, **options)

    return show


def _give_up_output() -> None:
    """Nobody reads on, or nothing more fits: what is left in the buffer must not fail once more at exit."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def complain(line: str) -> None:
    """One line on standard error, without anything that a terminal would obey."""
    click.echo(" ".join(escaped(line).split("\n")), err=True)


def say(text: str) -> None:
    """Text for people on standard output, without anything that a terminal would obey."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(escaped(text).encode(encoding, "backslashreplace"))


def emit(text: str) -> None:
    """Text for machines on standard output: always UTF-8, as it is."""
    click.echo(text.encode("utf-8"), nl=False)


def read(file: str) -> Chain:
    """The chain in ``file``; what goes wrong later is said with the file's name."""
    from qualitychain.files.reading import read_chain

    context = click.get_current_context().find_root()
    if isinstance(context.obj, dict):
        context.obj["file"] = "<stdin>" if file == "-" else file
    return read_chain(file)


def refuse_same(source: str, target: str) -> None:
    """Refuse to write the result over the file it comes from."""
    if source != "-" and target != "-":
        with suppress(OSError):
            if Path(source).samefile(target):
                raise click.UsageError(f"the output would overwrite its own source, {source}")


def write(target: str, text: str) -> None:
    """Write a whole file, or to standard output for ``-``."""
    if target == "-":
        emit(text)
        return
    from qualitychain.files.atomic import atomic_write_text

    try:
        atomic_write_text(target, text)
    except OSError as error:
        error.filename = target  # not the temporary file beside it
        raise


def _finite(_: click.Context, parameter: click.Parameter, value: float) -> float:
    if not -100 <= value <= 100:
        raise click.BadParameter(f"must be a number between -100 and 100, got {value}", param=parameter)
    return value


shift_option = click.option(
    "--shift",
    type=float,
    default=1.5,
    show_default=True,
    callback=_finite,
    help="Sigma level = long-term Z + this.",
)
