"""An answer of the stand-in → what in it the published OpenAPI itself does not allow, where a copy of that is at hand.

    git clone https://github.com/NHSDigital/personal-demographics-service-api
    CAUSEWAY_PDS_SPECIFICATION=personal-demographics-service-api/specification pytest tests/subgraphs/pds

Then every answer that any test here is given is held against it as well; `published.py` is this project's own reading of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
_PATHS = ("/Patient/{id}/RelatedPerson", "/Patient/{id}", "/Patient")
_TYPES: Mapping[str, Any] = {
    "object": Mapping, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
}  # fmt: skip


def folder() -> Path | None:
    """Of the published specification; None where there is none."""
    named = os.environ.get("CAUSEWAY_PDS_SPECIFICATION")
    return Path(named).resolve() if named else None


def against(path: str, status: int, answer: Any) -> list[str]:
    """Faults of the answer to a GET of `path`; none where there is no copy to look at."""
    root = folder()
    operation = _operation(root, path) if root else None
    if root is None or operation is None:
        return []
    where, responses = operation
    schema = _schema(responses, status, answer)
    if schema is None:
        return [f"{path}: {status} is not published"]
    return list(_faults(where, schema, answer, ""))


def _operation(root: Path, path: str) -> tuple[Path, Schema] | None:
    file = root / "personal-demographics.yaml"
    for published in _PATHS:
        if re.fullmatch(re.sub(r"\{id\}", "[^/]*", published), path):
            where, operation = _followed(file, _read(file)["paths"][published]["get"])
            return where, operation["responses"]
    return None


def _schema(responses: Schema, status: int, answer: Any) -> Schema | None:
    """Of a status; too many matches, which is 200 and an OperationOutcome, has the form of an error."""
    outcome = answer.get("resourceType") == "OperationOutcome"
    for name in (str(status) if not outcome else "", "4XX"):
        if name in responses and (name != "4XX" or outcome):
            found: Schema = responses[name]["content"]["application/fhir+json"]["schema"]
            return found
    return None


def _faults(file: Path, schema: Schema, value: Any, at: str) -> Iterator[str]:
    file, schema = _followed(file, schema)
    for part in schema.get("allOf", ()):
        yield from _faults(file, part, value, at)
    for several in ("anyOf", "oneOf"):
        if several in schema and all(any(_faults(file, one, value, at)) for one in schema[several]):
            yield f"{at}: is none of {several}"
    kind = _TYPES.get(schema.get("type", ""))
    if kind and not isinstance(value, kind):
        yield f"{at}: is no {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: is not one of {schema['enum']}"
    if isinstance(value, str):
        yield from _text(schema, value, at)
    elif isinstance(value, list):
        yield from _list(file, schema, value, at)
    elif isinstance(value, Mapping):
        yield from _object(file, schema, value, at)
    elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: is out of range"


def _text(schema: Schema, value: str, at: str) -> Iterator[str]:
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: is not of the form {schema['pattern']}"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{at}: is too long"


def _list(file: Path, schema: Schema, value: list[Any], at: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{at}: has {len(value)} items"
    for nth, one in enumerate(value):
        yield from _faults(file, schema.get("items", {}), one, f"{at}/{nth}")


def _object(file: Path, schema: Schema, value: Mapping[str, Any], at: str) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (f"{at}: lacks {name}" for name in schema.get("required", ()) if name not in value)
    for name, one in value.items():
        if name in known:
            yield from _faults(file, known[name], one, f"{at}/{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}: has {name}"


def _followed(file: Path, schema: Schema) -> tuple[Path, Schema]:
    while "$ref" in schema:
        name, _hash, pointer = schema["$ref"].partition("#")
        file = (file.parent / name).resolve() if name else file
        schema = _read(file)
        for step in filter(None, pointer.split("/")):
            schema = schema[step]
    return file, schema


@cache
def _read(file: Path) -> Any:
    from yaml import safe_load  # a developer's: no part of the project needs it

    return safe_load(file.read_text())
