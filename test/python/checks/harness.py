"""What the checks share: where the gateway is, which models they ask, and the list that they register themselves in."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

BASE_URL = os.environ["NEON_AI_GATEWAY_BASE_URL"]
TOKEN = os.environ["NEON_AI_GATEWAY_TOKEN"]

GPT = "gpt-5-4"
CLAUDE = "claude-sonnet-4-6"
GEMINI = "gemini-3-1-pro"
# One model of each maker: every client asks its own maker's and two foreign ones.
MODELS = (GPT, CLAUDE, GEMINI)
EMBEDDING = "qwen3-embedding-0-6b"

QUESTION = "What is a branch in Postgres?"
# The form in which the sandbox is asked for a call, see docs/sandbox.md.
CALL = 'call get_weather {"city": "Paris"}'
WEATHER = '{"celsius": 21}'
WEATHER_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Check:
    client: str
    name: str
    # None where the check asks no model in particular.
    models: tuple[str | None, ...]
    run: Callable[..., None]


CHECKS: list[Check] = []


def check(client: str, name: str, *, models: tuple[str, ...] | None = MODELS):
    """Registers a function as a check: it gets the id of a model, or nothing where `models` is None, and raises where it fails."""

    def register(run: Callable[..., None]) -> Callable[..., None]:
        CHECKS.append(Check(client, name, (None,) if models is None else models, run))
        return run

    return register


def expect(true: object, what: str) -> None:
    """Raises AssertionError with `what`, unless the value is true. `assert` would vanish under python -O."""
    if not true:
        raise AssertionError(what)


def raised(kind: type[BaseException], call: Callable[[], object]) -> BaseException:
    """The error of this kind that the call raises. Another one passes through; none at all is an AssertionError."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def said_by(module: str, *arguments: str, variables: dict[str, str], folder: str | None = None) -> str:
    """What a program prints that is a module of Python's, run in a folder and with these variables beside ours."""
    said = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=600,
        check=False,
    )
    expect(said.returncode == 0, said.stderr)
    return said.stdout


def fault(directive: str) -> dict[str, str]:
    """The header with which the sandbox goes wrong on demand, see docs/sandbox.md."""
    return {"x-bough-sandbox-fault": directive}
