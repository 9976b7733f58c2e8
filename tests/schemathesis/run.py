#!/usr/bin/env python3
"""schemathesis against the OpenAPI document of a running system: with a token and without one.

    run.py --env-file FILE [--long] [--seed N] [--report FOLDER]

FILE is what `cargo xtask dev --env-file FILE` wrote. It must run in an environment in which
requirements.txt is installed. Exits with 0 only when there was no failure in either mode.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# Examples an operation.
SHORT, LONG = 6, 400


def command(api, examples, options):
    """The command line of one mode."""
    words = [sys.executable, "-m", "schemathesis.cli", f"--config-file={HERE / 'schemathesis.toml'}"]
    words += ["run", f"{api}/openapi.json", f"--url={api}", "--checks=all"]
    # One worker: CPython 3.11 loses count of its recursion when two threads compile at once.
    words += [f"--max-examples={examples}", f"--seed={options.seed}", "--workers=1"]
    if options.report:
        words += ["--report=ndjson,junit", f"--report-dir={options.report}"]
    return words


def one_mode(name, env, user, options):
    """Runs one mode; whether nothing failed."""
    examples = LONG if options.long else SHORT
    settings = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    settings["SCHEMATHESIS_HOOKS"] = str(HERE / "hooks.py")
    if user:
        settings["CONTROL_ST_GATEWAY"] = env["gateway"]
        settings["CONTROL_ST_USERNAME"] = user["username"]
        settings["CONTROL_ST_PASSWORD"] = user["password"]
    with tempfile.TemporaryDirectory() as scratch:
        counts = pathlib.Path(scratch) / "counts"
        settings["CONTROL_ST_COUNTS"] = str(counts)
        began = time.monotonic()
        words = command(env["api"], examples, options)
        ended = subprocess.run(words, env=settings, cwd=scratch, check=False)
        took = time.monotonic() - began
        lines = counts.read_text().splitlines() if counts.exists() else []
    statuses = collections.Counter(line.split()[0] for line in lines)
    operations = {line.split(" ", 1)[1] for line in lines}
    told = ", ".join(f"{status} ×{count}" for status, count in sorted(statuses.items()))
    print(f"{name}: {len(lines)} answers of {len(operations)} operations in {took:.0f} s: {told}")
    if not lines:
        print(f"{name}: nothing was asked", file=sys.stderr)
    return ended.returncode == 0 and bool(lines) and not statuses["500"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--env-file", required=True, type=pathlib.Path)
    parser.add_argument("--long", action="store_true", help="hundreds of examples an operation")
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--report", help="a folder for what was asked and answered")
    options = parser.parse_args()
    env = json.loads(options.env_file.read_text())
    admin = next(user for user in env["users"] if user["role"].startswith("admin"))
    modes = [("without a token", None), ("with a token", admin)]
    good = [one_mode(name, env, user, options) for name, user in modes]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
