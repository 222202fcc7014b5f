"""Data and errors → the bytes a client reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import UNSET

from gateway.federation.execution.faults import Error

_encoder = msgspec.json.Encoder()


@lru_cache(maxsize=2_000)
def _attributes(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    """By the name that the client knows, what the answer's root calls it."""
    return {one.encode_name: one.name for one in msgspec.structs.fields(kind)}


class Response:
    """The answer to one operation. `errors` may be added to before the body is made."""

    __slots__ = ("_answer", "errors")

    def __init__(self, answer: Any, errors: list[Error] | None = None) -> None:
        self._answer = answer
        self.errors = errors if errors is not None else []

    @property
    def data(self) -> dict[str, Any] | None:
        """The data as plain dicts and lists, in the client's order."""
        if self._answer is None or isinstance(self._answer, dict):
            return self._answer
        plain: dict[str, Any] = msgspec.json.decode(_encoder.encode(self._answer))
        return plain

    def at_root(self, key: str) -> Any:
        """What stands under a key of the root, as the run left it: None where the answer has null or nothing."""
        if self._answer is None or isinstance(self._answer, dict | msgspec.Raw):
            return (self.data or {}).get(key)
        known = _attributes(type(self._answer))  # type: ignore[arg-type]
        found = getattr(self._answer, known.get(key, ""), None)
        return None if found is UNSET else found

    def encoded(self) -> bytes:
        """The data as JSON. Made once: from now on it is only written out."""
        if not isinstance(self._answer, msgspec.Raw):
            self._answer = msgspec.Raw(_encoder.encode(self._answer))
        return bytes(self._answer)

    def body(self, extensions: Mapping[str, Any] | None = None) -> bytes:
        """The response as JSON."""
        whole: dict[str, Any] = {"data": self._answer}
        if self.errors:
            whole["errors"] = self.errors
        if extensions:
            whole["extensions"] = extensions
        return _encoder.encode(whole)
