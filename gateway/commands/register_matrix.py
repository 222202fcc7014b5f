"""Register → its matrix, purposes by categories: as text, CSV, or one HTML page to print and sign."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from html import escape

from gateway.register import Register
from gateway.register.cells import LEGEND, NEVER, letter, words

NOTICE = "Illustrative; not legal advice. To be reviewed and signed by the controllers' IG leads."


def as_text(register: Register) -> str:
    """Letters only, a column per purpose, with a key to the columns."""
    purposes = list(register.purposes.values())
    key = [f"{number:>3}  {one.code:<26} {one.title}" for number, one in enumerate(purposes, 1)]
    width = max(map(len, register.categories)) + 2
    columns = [[letter(one, code) or "·" for code in register.categories] for one in purposes]
    widths = [max(map(len, column), default=0) for column in columns]
    widths = [max(found, len(str(number))) + 2 for number, found in enumerate(widths, 1)]
    head = " " * width + "".join(f"{n:>{w}}" for n, w in enumerate(widths, 1))
    rows = [
        code.ljust(width) + "".join(f"{mark:>{w}}" for mark, w in zip(marks, widths, strict=True))
        for code, *marks in zip(register.categories, *columns, strict=True)
    ]
    front = f"Register {register.version} ({register.document.status}), {register.digest[:12]}"
    return "\n".join([front, NOTICE, "", *key, "", head, *rows, "", LEGEND])


def as_csv(register: Register) -> str:
    """Words in full, a row per category."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["category", "title", *register.purposes])
    for code, category in register.categories.items():
        cells = [words(purpose, code) for purpose in register.purposes.values()]
        writer.writerow([code, category.title, *cells])
    return out.getvalue().removesuffix("\n")


def as_html(register: Register) -> str:
    """One page without scripts: the matrix, each purpose's law, and the file's digest."""
    document = register.document
    heads = "".join(
        f'<th scope="col"><span title="{escape(one.title)}">{escape(one.code)}</span></th>'
        for one in register.purposes.values()
    )
    rows = "\n".join(_row(register, code) for code in register.categories)
    laws = "\n".join(_law(register, code) for code in register.purposes)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Register of purposes {escape(register.version)}</title>
<style>{_STYLE}</style></head><body>
<h1>Register of purposes</h1>
<p>Version {escape(register.version)}, {document.status}. In force from {document.effective_from};
review by {document.review_by}. SHA-256 <code>{register.digest}</code>.</p>
<p><strong>{NOTICE}</strong></p>
<p>{escape(LEGEND)}. Point at a cell for its words.</p>
<table class="matrix"><thead><tr><th scope="col">Category</th>{heads}</tr></thead>
<tbody>
{rows}
</tbody></table>
<h2>Purposes</h2>
<table><thead><tr><th>Purpose</th><th>Law</th><th>Who</th><th>Consent</th><th>Relationship</th><th>NHS number</th><th>Use</th></tr></thead>
<tbody>
{laws}
</tbody></table>
</body></html>"""


def _row(register: Register, code: str) -> str:
    cells = "".join(
        f'<td class="{_class(mark)}" title="{escape(one.code)}: {escape(words(one, code))}">{escape(mark)}</td>'
        for one in register.purposes.values()
        for mark in [letter(one, code)]
    )
    title = register.categories[code].title
    return f'<tr><th scope="row"><code>{code}</code> {escape(title)}</th>{cells}</tr>'


def _class(mark: str) -> str:
    return "never" if mark == NEVER else "closed" if not mark else "open"


def _law(register: Register, code: str) -> str:
    one = register.purposes[code]
    articles = f"Art 6 {', '.join(one.law.article_6)}; Art 9 {', '.join(one.law.article_9) or '–'}"
    who = f"{', '.join(sorted(one.roles))} ({', '.join(sorted(one.organisation_kinds))})"
    cells = (
        f"{one.title} <code>{code}</code>",
        f"{escape(one.law.gateway)}. {articles}. {escape(one.law.principle)}",
        escape(who),
        f"{one.consent.rule}; instead: {escape(one.consent.override)}",
        one.relationship,
        one.nhs_number,
        one.use + ("" if register.crosses(code) else " (off)"),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#111}
table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #bbb;padding:.2rem .4rem;text-align:left;vertical-align:top}
.matrix td{text-align:center;min-width:2rem}.matrix thead span{writing-mode:vertical-rl;transform:rotate(180deg);font-size:.8rem}
.matrix tbody th{font-weight:400;font-size:.85rem}.open{background:#dff0e3}.never{background:#f6dcdc}.closed{background:#fff}
@media print{body{margin:.5cm;font-size:8px}}"""

FORMATS: Mapping[str, Callable[[Register], str]] = {
    "text": as_text,
    "csv": as_csv,
    "html": as_html,
}
