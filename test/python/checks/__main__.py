"""Runs the checks whose modules are named, a table for each client; ends with 1 where one failed.

Usage: python test/python/checks MODULE …, with the variables of connection.env.
"""

import importlib
import sys
import traceback

from harness import CHECKS, Check


def outcome(check: Check, model: str | None) -> str:
    """'ok', or what went wrong in one line; the whole of it goes to stderr."""
    try:
        check.run(*([] if model is None else [model]))
    except Exception as error:
        print(f"\n{check.client}, {check.name}, {model or 'no model'}:", file=sys.stderr)
        traceback.print_exc()
        return " ".join(f"{type(error).__name__}: {error}".split())[:120]
    return "ok"


def run(checks: list[Check]) -> int:
    """Runs them one after the other. Returns how many failed."""
    failed = 0
    client = ""
    for check in checks:
        if check.client != client:
            client = check.client
            print(f"\n{client}")
        outcomes = [(model, outcome(check, model)) for model in check.models]
        wrong = [f"{model or ''} {said}".strip() for model, said in outcomes if said != "ok"]
        failed += len(wrong)
        good = ", ".join(model or "ok" for model, said in outcomes if said == "ok")
        print(f"  {check.name:36}{good}{''.join(f'{chr(10)}    FAIL {line}' for line in wrong)}", flush=True)
    return failed


if __name__ == "__main__":
    for name in sys.argv[1:]:
        importlib.import_module(name)
    count = sum(len(check.models) for check in CHECKS)
    failures = run(CHECKS)
    print(f"\nchecks: {count - failures} passed, {failures} failed", flush=True)
    sys.exit(1 if failures or not count else 0)
