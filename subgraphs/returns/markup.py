"""An XML return → its records, one at a time, each with the records inside it.

A record is read when its end tag comes and is then forgotten, so memory holds one. No document
type, no entities, no network, no record past a size no child's record has: such a file is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from lxml import etree  # type: ignore[import-untyped]

from subgraphs.returns.reasons import Reason
from subgraphs.returns.record import Fault, Heading, Place, Reading, Reported, Table, settle
from subgraphs.returns.source import Source

LARGEST_RECORD = 20_000  # elements; the largest in ESFA's own test file has 200
_READABLE = re.compile(
    rb"""encoding\s*=\s*["'](utf-8|us-ascii|windows-1252|iso-8859-1)["']""", re.I
)


@dataclass(frozen=True, slots=True)
class Shape:
    """An XML return: its namespace, and what stands where below the root, by path."""

    namespace: re.Pattern[str]
    said_so: str  # the namespace in words
    records: Mapping[str, Table]
    headings: frozenset[str]
    collection: tuple[str, str]  # the heading that names the collection, and its name

    @property
    def containers(self) -> frozenset[str]:
        """Paths that only hold records."""
        return frozenset(path.rsplit("/")[0] for path in self.records if "/" in path)


def read(source: Source, shape: Shape) -> Iterator[Reading]:
    """Raises FileRefused for what is not well-formed, not safe, or not this return."""
    walk = _Walk(source, shape)
    parser = etree.XMLPullParser(
        ("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for chunk in _plain(source):
            parser.feed(chunk)
            yield from walk.events(parser)
        parser.close()
        yield from walk.events(parser)
    except etree.XMLSyntaxError as why:
        line = (why.position or (0, 0))[0]
        place = f"line {line} is not well-formed XML ({_wording(why)})"
        raise source.refused(place, "export the return again, as UTF-8") from why


def _wording(why: etree.XMLSyntaxError) -> str:
    # libxml2 repeats element names, and now and then text, in its message: only its own words pass.
    name = str(etree.ErrorTypes._getName(why.code, "error"))
    return name.removeprefix("ERR_").replace("_", " ").lower()


def _plain(source: Source) -> Iterator[bytes]:
    """The bytes, while they hold no document type: statutory returns have none, attacks do."""
    before = b""
    for chunk in source.chunks():
        if not before:  # the first
            _check_encoding(source, chunk)
        if b"<!DOCTYPE" in before + chunk or b"<!ENTITY" in before + chunk:
            raise source.refused(
                "it declares a document type or an entity", "remove the declaration from the file"
            )
        yield chunk
        before = chunk[-16:]


def _check_encoding(source: Source, start: bytes) -> None:
    """Only encodings in which the search above sees what the parser will see."""
    begun = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not begun.startswith(b"<"):
        place = "line 1 is not well-formed XML (it does not begin with a tag)"
        raise source.refused(place, "export the return again, as UTF-8")
    declared = begun[: begun.find(b"?>") + 2] if begun.startswith(b"<?xml") else b""
    if b"encoding" in declared and not _READABLE.search(declared):
        way_out = "export it as UTF-8"
        raise source.refused("line 1 declares an encoding that returns do not use", way_out)


class _Walk:
    """Where the parser stands, and what has been begun there."""

    def __init__(self, source: Source, shape: Shape) -> None:
        self._source = source
        self._shape = shape
        self._path: list[str] = []
        self._inside = 0  # elements since the current record began; 0 outside one
        self._ends_at = 0
        self._namespace = ""
        self._numbers = count(1)

    def events(self, parser: etree.XMLPullParser) -> Iterator[Reading]:
        for event, element in parser.read_events():
            if event == "start":
                yield from self._start(element)
            else:
                yield from self._end(element)

    def _start(self, element: etree._Element) -> Iterator[Reading]:
        if not self._path:
            self._root(element)
        self._path.append(_local(element, self._namespace))
        if self._inside:
            self._inside += 1
        elif not self._holds_records():
            self._inside, self._ends_at = 1, len(self._path)
            yield from self._stray(_text_before(element), element)
        if self._inside > LARGEST_RECORD:
            place = (
                f"line {element.sourceline}: one record has more than {LARGEST_RECORD:,} elements"
            )
            raise self._source.refused(place, "check what wrote the file")

    def _holds_records(self) -> bool:
        return len(self._path) == 1 or "/".join(self._path[1:]) in self._shape.containers

    def _stray(self, text: str | None, element: etree._Element) -> Iterator[Reading]:
        """Text between records belongs to none of them."""
        if text and not text.isspace():
            fault = Fault(Reason.UNKNOWN_RECORD, "#text")
            yield Reported("", Place(next(self._numbers), element.sourceline or 0), (fault,))

    def _root(self, element: etree._Element) -> None:
        name = etree.QName(element)
        self._namespace = name.namespace or ""
        if name.localname == "Message" and self._shape.namespace.fullmatch(self._namespace):
            return
        raise self._source.refused(
            f"the root element is {name.localname} in {self._namespace or 'no namespace'}",
            f"this format has Message in {self._shape.said_so}; name the format the file is in",
        )

    def _end(self, element: etree._Element) -> Iterator[Reading]:
        if self._inside and len(self._path) == self._ends_at:
            yield from self._record("/".join(self._path[1:]), element)
            self._inside = 0
            _forget(element)
        elif not self._inside:
            yield from self._stray(element[-1].tail if len(element) else element.text, element)
        self._path.pop()

    def _record(self, path: str, element: etree._Element) -> Iterator[Reading]:
        if path in self._shape.headings:
            held = _Held(Table("", ()))
            held.take(element, self._namespace)
            yield Heading({f"{path}/{name}": texts for name, texts in held.further.items()})
        elif path in self._shape.records:
            yield from self._rows(self._shape.records[path], element, (None, 1))
        else:
            fault = Fault(Reason.UNKNOWN_RECORD, path)
            yield Reported("", Place(next(self._numbers), element.sourceline or 0), (fault,))

    def _rows(
        self, table: Table, element: etree._Element, under: tuple[int | None, int]
    ) -> Iterator[Reading]:
        held = _Held(table)
        held.take(element, self._namespace)
        place = Place(next(self._numbers), element.sourceline or 0, *under)
        if held.branched:
            faults = tuple(Fault(Reason.HAS_PARTS, name) for name in held.branched)
            yield Reported(table.name, place, faults)
        else:
            yield settle(table, place, held.given, held.further)
        for inner, elements in held.inner.items():
            for nth, inside in enumerate(elements, start=1):
                yield from self._rows(table.nested[inner], inside, (place.record, nth))


@dataclass(slots=True)
class _Held:
    """What one record's element holds, sorted: its items, its inner records, and all the rest."""

    table: Table
    given: dict[str, list[str]] = field(default_factory=dict)
    further: dict[str, list[str]] = field(default_factory=dict)
    inner: dict[str, list[etree._Element]] = field(default_factory=dict)
    branched: list[str] = field(default_factory=list)

    def take(self, element: etree._Element, namespace: str, above: str = "") -> None:
        for name, value in element.attrib.items():
            self.further.setdefault(f"{above}@{etree.QName(name).localname}", []).append(str(value))
        self._stray(element, above)
        for child in element:
            self._child(child, above + _local(child, namespace), namespace)

    def _stray(self, element: etree._Element, above: str) -> None:
        for text in (element.text, *(child.tail for child in element)):
            if text and not text.isspace():
                self.further.setdefault(f"{above}#text", []).append(text.strip())

    def _child(self, child: etree._Element, path: str, namespace: str) -> None:
        item = self.table.by_name.get(path.lower())
        if path in self.table.nested:
            self.inner.setdefault(path, []).append(child)
        elif item:
            self._item(item.name, child)
        elif len(child) or child.attrib or path.lower() in self.table.wrappers:
            self.take(child, namespace, path + "/")
        else:
            self.further.setdefault(path, []).append((child.text or "").strip())

    def _item(self, name: str, child: etree._Element) -> None:
        if len(child):
            self.branched.append(name)
        self.given.setdefault(name, []).append(child.text or "")
        for key, value in child.attrib.items():
            self.further.setdefault(f"{name}@{etree.QName(key).localname}", []).append(str(value))


def _local(element: etree._Element, namespace: str) -> str:
    name = etree.QName(element)
    return name.localname if (name.namespace or "") == namespace else str(element.tag)


def _text_before(element: etree._Element) -> str | None:
    before, above = element.getprevious(), element.getparent()
    text = before.tail if before is not None else above.text if above is not None else None
    return str(text) if text else None


def _forget(element: etree._Element) -> None:
    """Free a record and those before it; the text after it stays until the next one is begun."""
    element.clear(keep_tail=True)
    above = element.getparent()
    while above is not None and above[0] is not element:
        del above[0]
