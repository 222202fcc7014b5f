"""`python -m subgraphs NAME`: the files for TLS that it does not start with."""

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from gateway.assertion import new_key
from subgraphs.__main__ import main
from tests.certificates import HERE, Authority


@pytest.fixture
def start(tmp_path: Path):
    keys = tmp_path / "keys.json"
    keys.write_bytes(orjson.dumps({"keys": [new_key("gateway-1").as_dict(private=False)]}))
    return lambda *options: CliRunner().invoke(
        main, ["schools", "--keys", str(keys), *map(str, options)]
    )


def test_half_of_what_tls_needs_is_refused_with_the_other_half_named(start, tmp_path: Path) -> None:
    ours = Authority(tmp_path)
    own, other = ours.issue(HERE), ours.issue("other")
    both = ("--tls-certificate", own.certificate, "--tls-key")
    wrong = {
        (*both, other.key): f"{other.key} is no key for {own.certificate}",
        (*both, tmp_path / "away"): "--tls-key",
        ("--tls-certificate", own.certificate): "comes without its key",
        ("--tls-clients", ours.file): "give --tls-certificate and --tls-key",
        (*both, own.key, "--tls-client-name", "a"): "give --tls-clients",
        (*both, own.key, "--tls-clients", own.key): f"{own.key} holds no certificate",
    }

    for options, says in wrong.items():
        refused = start(*options)

        assert refused.exit_code in (1, 2)
        assert says in refused.output
        assert "Traceback" not in refused.output
