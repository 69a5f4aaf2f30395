"""The Python snippets of a page, run as they stand there, in the order of the page.

A snippet that imports `os` begins a program; another one goes on with the names of those before it.
"""

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path

from harness import check, expect

ROOT = Path(__file__).resolve().parents[3]
# The frameworks, each in an environment that has it.
AGENTS = "docs/agents.md"
HEADING_OR_SNIPPET = re.compile(r"^#+ (?P<heading>[^\n]+)$|^```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def register(page: str, has: Callable[[str], bool] = lambda heading: True) -> None:
    """Registers the snippets of a page, or of those of its headings that `has` takes, as checks named after the headings."""
    text = (ROOT / page).read_text(encoding="utf-8")
    heading = page
    names: dict = {}
    for place in HEADING_OR_SNIPPET.finditer(text):
        if place["heading"] is not None:
            heading = place["heading"]
            continue
        if not has(heading):
            continue
        code = place["code"]
        if re.search(r"^import os$", code, re.MULTILINE):
            names = {"__name__": "__main__"}
        line = text.count("\n", 0, place.start()) + 1
        add(page, f"{heading}, line {line}", "\n" * line + code, names)


def add(page: str, name: str, code: str, names: dict) -> None:
    @check(page, name, models=None)
    def runs() -> None:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(code, page, "exec"), names)
        expect(said.getvalue().strip(), "a snippet that prints something")
