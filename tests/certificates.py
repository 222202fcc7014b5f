"""An authority of a test's own → files of the certificates it signs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import trustme

from gateway.tls import Identity

HERE = "127.0.0.1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Authority:
    """Signs certificates; `file` is its own. Two of the same folder need different names."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._ca = trustme.CA()
        self._folder = folder
        self._name = name
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def issue(self, name: str, *, expired: bool = False) -> Identity:
        """Certificate and key for this host or service. A second one for a name takes the first one's files."""
        dates = {"not_before": LONG_AGO, "not_after": LONG_AGO.replace(year=2021)}
        issued = self._ca.issue_cert(name, **(dates if expired else {}))
        stem = self._folder / f"{self._name}-{name}{'-expired' if expired else ''}"
        own = Identity(stem.with_suffix(".crt"), stem.with_suffix(".key"))
        own.certificate.write_bytes(b"".join(one.bytes() for one in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(own.key)
        return own
