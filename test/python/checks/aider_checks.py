"""aider: it calls no tools, but reads edits out of an answer's text, which the sandbox writes where it is told to."""

import tempfile
from importlib.metadata import version
from pathlib import Path

from harness import BASE_URL, QUESTION, TOKEN, check, expect, said_by

AIDER = f"aider {version('aider-chat')}"
EDIT = """repeat: note.txt
<<<<<<< SEARCH
heron
=======
crane
>>>>>>> REPLACE"""


def aider(folder: str, model: str, message: str, *files: str) -> str:
    variables = {
        "HOME": folder,
        "OPENAI_API_BASE": f"{BASE_URL}/ai-gateway/mlflow/v1",
        "OPENAI_API_KEY": TOKEN,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    settings = ["--model", f"openai/{model}", "--edit-format", "diff", "--yes-always", "--no-git", "--no-check-update"]
    settings += ["--no-show-model-warnings", "--no-analytics", "--no-detect-urls"]
    return said_by("aider", *settings, "--message", message, *files, variables=variables, folder=folder)


@check(AIDER, "a prompt")
def prompt(model: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "note.txt"
        note.write_text("heron\n", encoding="utf-8")
        expect("copy-on-write" in aider(folder, model, QUESTION, "note.txt"), "an answer")
        expect(note.read_text(encoding="utf-8") == "heron\n", "a file that stayed as it was")


@check(AIDER, "an edit")
def edit(model: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "note.txt"
        note.write_text("heron\n", encoding="utf-8")
        said = aider(folder, model, EDIT, "note.txt")
        expect(note.read_text(encoding="utf-8") == "crane\n", f"the edit that was asked for: {said[-600:]}")
