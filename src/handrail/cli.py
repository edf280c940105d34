"""The command line: arguments in, an exit status out. Each command is a module of `commands`.

Exit statuses: 0 as asked, 1 found wrong or ended otherwise than complete, 2 usage, 3 unsealed, 4 broken,
5 unknown signer, 6 anchor differs, 7 the record cannot be kept, 8 claimed by another, 9 the key does not
answer, 10 aborted, 11 abandoned, 12 held, 13 complete with deferred, 14 handed over.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from handrail import __version__
from handrail.errors import FileFindings, HandrailError
from handrail.products.names import PRODUCTS

EPILOG = """\
exit statuses:
  0 as asked   1 found wrong   2 usage   3 unsealed   4 broken   5 unknown signer   6 anchor differs
  7 not saved  8 claimed by another  9 key does not answer  10 aborted  11 abandoned  12 held
  13 complete with deferred   14 handed over

try first:  handrail drill            a drill with simulated brokers; nothing to set up
"""


def parser() -> argparse.ArgumentParser:
    """Every command and option; its help is the reference."""
    top = argparse.ArgumentParser(
        prog="handrail",
        description="Walk documented high-availability procedures of message brokers, with a signed record.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"handrail {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")

    def add(name: str, help_text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help_text, description=help_text)

    drill = add("drill", "Walk a procedure in a drill: simulated brokers, a throw-away key.")
    drill.add_argument("procedure", nargs="?", default="artemis/split-brain-recovery", help="id or file")
    drill.add_argument("--scenario", help="which scenario of the procedure; the first unless named")
    drill.add_argument("--speed", type=float, default=1.0, help="drill seconds per second, 1 to 60")
    drill.add_argument("--autopilot", action="store_true", help="let the autopilot press the keys")
    drill.add_argument(
        "--two-person", action="store_true", help="what cannot be undone needs a second person: train both"
    )
    drill.add_argument("--incident", default="", help="the incident's reference, for the first line")
    _plain(drill)

    run = add("run", "Walk a procedure on live servers.")
    run.add_argument("procedure", help="id or file")
    run.add_argument(
        "--pair", action="append", default=[], help="which pair of the inventory; may be repeated"
    )
    run.add_argument("--incident", default="", help="the incident's reference")
    run.add_argument(
        "--key", type=Path, help="the SSH key to sign with; the agent's or your own unless named"
    )
    _inventory(run)
    _plain(run)

    resume = add("resume", "Go on with a run that is held or was cut off.")
    resume.add_argument(
        "run", nargs="?", type=Path, help="the run's directory; the newest open one unless named"
    )
    resume.add_argument(
        "--take-over", default="", metavar="REASON", help="go on with what another left and cannot hand over"
    )
    resume.add_argument("--key", type=Path, help="the SSH key to sign with")
    _inventory(resume)
    _plain(resume)

    witness = add("witness", "Be the second person: see a hold point's exact request and sign for it.")
    witness.add_argument("--name", default="", help="in a drill: who you are, where the account is shared")
    accept = add("accept", "Take a walk that its operator offers, and go on with it here.")
    _inventory(accept)
    _plain(accept)
    follow = add("follow", "Look on while somebody walks; nothing can be done here.")
    _plain(follow)
    countersign = add("countersign", "Look at hold points that were passed alone, and sign for them.")
    countersign.add_argument("run", nargs="?", type=Path, help="a run's directory or name")
    countersign.add_argument(
        "--name", default="", help="in a drill: who you are, where the account is shared"
    )
    for joining in (witness, accept, follow):
        joining.add_argument(
            "run", nargs="?", type=Path, help="a run's directory or name; the newest open one unless named"
        )
    for signing in (witness, accept, countersign):
        signing.add_argument("--key", type=Path, help="the SSH key to sign with")
    for unwalked in (witness, countersign):
        unwalked.add_argument("--ledger", type=Path, help="where runs are kept")

    check = add("check", "Read everything a procedure would read on the live servers; send nothing.")
    check.add_argument("procedure", help="id or file")
    check.add_argument("--pair", action="append", default=[], help="which pair of the inventory")
    check.add_argument("--json", action="store_true", help="one JSON object")
    _inventory(check)

    listing = add("list", "List the procedures.")
    listing.add_argument("--json", action="store_true", help="a list of objects, each with id")
    show = add("show", "Show a procedure as text.")
    show.add_argument("procedure", help="id or file")
    show.add_argument("--paper", action="store_true", help="with boxes to tick and lines to write on")

    lint = add("lint", "Check procedure files.")
    lint.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    rehearse = add("rehearse", "Let the autopilot walk procedures on every branch, in virtual time.")
    rehearse.add_argument("procedure", nargs="?", help="id or file")
    rehearse.add_argument("--all", action="store_true", help="every procedure")
    rehearse.add_argument("--json", action="store_true", help="a list of objects, with every edge")

    verify = add("verify", "Verify a run, one watch of it, or an archive.")
    verify.add_argument("path", type=Path, help="a run, one watch of it, or an archive")
    verify.add_argument("--allowed-signers", type=Path, help="the site's allowed_signers file")
    verify.add_argument("--anchor", help="the heads as kept outside this host: a file, or a git remote")
    verify.add_argument("--json", action="store_true", help="one JSON object")
    export = add("export", "Write a run into one archive, with a script that verifies it without handrail.")
    export.add_argument("run", type=Path, help="a run's directory, or its name in the ledger")
    export.add_argument("--to", type=Path, help="the archive; the run's name with .tar unless named")
    importing = add("import", "Put the run of an archive into the ledger, if it is whole and sealed.")
    importing.add_argument("archive", type=Path, help="what handrail export wrote")
    for command in (export, importing):
        command.add_argument("--allowed-signers", type=Path, help="the site's allowed_signers file")
        command.add_argument("--ledger", type=Path, help="where runs are kept")
    review = add("review", "Look at runs on the screen: the list, then one run record by record.")
    review.add_argument("run", nargs="?", type=Path, help="a run's directory, or its name in the ledger")
    review.add_argument("--allowed-signers", type=Path, help="the site's allowed_signers file")
    review.add_argument("--ledger", type=Path, help="where runs are kept")
    report = add("report", "A run as one file: HTML or Markdown for people, JSON, an in-toto statement.")
    report.add_argument("run", nargs="?", type=Path, help="a run's directory, or its name in the ledger")
    report.add_argument("--format", choices=["html", "markdown", "json", "in-toto"], default="html")
    report.add_argument("--to", type=Path, help="the file to write; standard output unless named")
    report.add_argument("--schema", action="store_true", help="print the JSON Schema of --format json")
    report.add_argument("--allowed-signers", type=Path, help="the site's allowed_signers file")
    report.add_argument("--anchor", help="the heads as kept outside this host: a file, or a git remote")
    report.add_argument("--ledger", type=Path, help="where runs are kept")
    compare = add("compare", "A run against its page and earlier runs; two runs; with none, all troubles.")
    compare.add_argument("run", nargs="?", type=Path, help="a run's directory, or its name in the ledger")
    compare.add_argument("other", nargs="?", type=Path, help="another run to compare it with")
    compare.add_argument("--procedure", help="without a run: only runs of this procedure")
    compare.add_argument("--ledger", type=Path, help="where runs are kept")
    runs = add("runs", "List the runs of the ledger.")
    runs.add_argument("--json", action="store_true", help="a list of objects")
    runs.add_argument("--open", action="store_true", help="only those to go on with, and what is broken")
    runs.add_argument("--drills", action="store_true", help="with --open: drills that were left, too")
    runs.add_argument("--ledger", type=Path, help="where runs are kept")
    _of_ledger(add("ledger", "Keep the ledger as a whole: check it, share it, remove old runs."))

    approve = add("approve", "Sign a procedure, for sites that walk approved ones only.")
    approve.add_argument("procedure", help="id or file")
    approve.add_argument(
        "--to", type=Path, help="the folder of approved procedures; the inventory's unless named"
    )
    approve.add_argument("--key", type=Path, help="the SSH key to sign with")
    approve.add_argument("--yes", action="store_true", help="do not ask for the name")
    _inventory(approve)
    doctor = add("doctor", "Try every server, log, command and key, and explain what fails.")
    _inventory(doctor)
    keys = add("keys", "Show the keys handrail would sign with, and the allowed_signers line for each.")
    keys.add_argument("--key", type=Path, help="only this key")
    inventory = add("inventory", "Make an inventory by asking and by probing.")
    inventory.add_argument("--to", type=Path, help="where to write it")
    simulate = add("simulate", "Serve simulated servers on loopback.")
    simulate.add_argument("product", choices=PRODUCTS)
    simulate.add_argument("--scenario", help="a scenario file or id; the product's first unless named")
    simulate.add_argument("--port", type=int, default=8161, help="first port; one more for each server")
    simulate.add_argument("--logs", type=Path, help="a directory for the servers' log files")
    completion = add("completion", "Print a completion script for your shell.")
    completion.add_argument("shell", choices=["bash", "zsh", "tcsh"])
    return top


def _of_ledger(ledger: argparse.ArgumentParser) -> None:
    """The subcommands of `ledger`; `ledger NAME` is the module `commands.ledger_NAME`."""
    actions = ledger.add_subparsers(dest="action", metavar="ACTION", required=True)

    def add(name: str, help_text: str) -> argparse.ArgumentParser:
        action = actions.add_parser(name, help=help_text, description=help_text)
        action.add_argument("--ledger", type=Path, help="where runs are kept")
        return action

    check = add("check", "Verify the ledger's chain and every run, a line each; 4 when one is broken.")
    check.add_argument("--allowed-signers", type=Path, help="the site's allowed_signers file")
    check.add_argument("--anchor", help="the heads as kept outside this host: a file, or a git remote")
    check.add_argument(
        "--each-record", action="store_true", help="each record's own signature too, not the seal's alone"
    )
    check.add_argument("--json", action="store_true", help="one JSON object")

    share = add("share", "Make the ledger one of a group: members look on, witness, take over.")
    share.add_argument("--group", required=True, help="the group whose members share it")

    anchor = add("anchor", "Carry the newest heads of live runs outside again, as after a failing anchor.")
    anchor.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="only these; all unless named")
    _inventory(anchor)

    remove = add("remove", "Remove sealed runs that were exported, once their count is typed.")
    remove.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="a run's name in the ledger")
    remove.add_argument("--older-than", type=int, metavar="DAYS", help="every run whose last record is older")
    remove.add_argument(
        "--archive",
        type=Path,
        default=Path(),
        help="the archive, or the folder they are in; here unless named",
    )
    remove.add_argument("--key", type=Path, help="the SSH key to sign the removal of live runs with")
    remove.add_argument("--allowed-signers", type=Path, help="the site's allowed_signers file")
    remove.add_argument("--yes", action="store_true", help="do not ask for the count")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    top = parser()
    options = top.parse_args(arguments)
    try:
        return _dispatch(top, options)
    except FileFindings as problem:
        for finding in problem.findings:
            print(finding, file=sys.stderr)
        return problem.exit_status
    except HandrailError as problem:
        print(f"handrail: {problem.explain()}", file=sys.stderr)
        return problem.exit_status
    except BrokenPipeError:
        # Whoever read our output has gone; what is left of it has nowhere to go.
        # Not 0: nobody may take a verdict that was not printed for a good one.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 130


def _dispatch(top: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.command is None:
        module = importlib.import_module("handrail.commands.library")
    elif options.command == "completion":
        from handrail.commands.completion import script

        print(script(top, options.shell))
        return 0
    else:
        name = {"list": "listing", "import": "export"}.get(options.command, options.command)
        module = importlib.import_module(f"handrail.commands.{name}")
    if options.command == "import":
        taken: int = module.take_in(options)
        return taken
    status: int = module.main(options)
    return status


def _plain(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plain", action="store_true", help="line by line, without a screen")
    command.add_argument("--ledger", type=Path, help="where runs are kept")


def _inventory(command: argparse.ArgumentParser) -> None:
    command.add_argument("--inventory", type=Path, help="the inventory file")


if __name__ == "__main__":
    sys.exit(main())
