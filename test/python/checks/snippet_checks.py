"""The Python snippets of the README and the docs, without those of frameworks."""

from snippets import AGENTS, ROOT, register

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

for path in PAGES:
    page = str(path.relative_to(ROOT))
    if page != AGENTS:
        register(page)
