import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from gateway.commands.compose import compose

SCHOOLS = "type Query { pupils: Int }"
LINK = "type Query { children: Int }"
UNSHARED = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3")
type Query { pupils: Int }
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "schools.graphql").write_text(SCHOOLS)
    (tmp_path / "link.graphql").write_text(LINK)
    (tmp_path / "unshared.graphql").write_text(UNSHARED)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(compose, [str(one) for one in arguments])


@contextmanager
def answering(status: int, body: object) -> Iterator[str]:
    """A live subgraph that gives every request the same answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert asked == {"query": "{ _service { sdl } }"}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/graphql"
        finally:
            server.shutdown()
            thread.join()


def test_files_are_composed_under_the_names_of_their_stems(folder):
    result = run(folder / "schools.graphql", folder / "link.graphql")

    assert result.exit_code == 0
    assert 'SCHOOLS @join__graph(name: "schools", url: "")' in result.stdout
    assert "children: Int @join__field(graph: LINK)" in result.stdout


def test_the_supergraph_can_be_written_to_a_file(folder):
    result = run(folder / "schools.graphql", "-o", folder / "supergraph.graphql")

    assert result.stdout == ""
    assert (folder / "supergraph.graphql").read_text().startswith("schema\n")


def test_all_problems_are_printed_and_nothing_is_written(folder):
    out = folder / "supergraph.graphql"
    (folder / "other.graphql").write_text(UNSHARED + "type Pupil { name: String }")
    (folder / "more.graphql").write_text("enum Pupil { A }")

    result = run(*(folder / f"{name}.graphql" for name in ("unshared", "other", "more")), "-o", out)

    assert result.exit_code == 1
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        "TYPE_KIND_MISMATCH",
        "INVALID_FIELD_SHARING",
    ]
    assert not out.exists()


def test_hints_go_to_standard_error(folder):
    (folder / "more.graphql").write_text("enum Stage { KS1 }")

    result = run(folder / "schools.graphql", folder / "more.graphql")

    assert result.stderr.startswith('UNUSED_ENUM_TYPE: Enum "Stage"')
    assert "UNUSED" not in result.stdout


def test_a_config_names_files_and_live_endpoints(folder):
    with answering(200, {"data": {"_service": {"sdl": LINK}}}) as url:
        (folder / "graph.toml").write_text(
            f'[subgraphs.schools]\nurl = "http://s"\nsdl = "schools.graphql"\n[subgraphs.link]\nurl = "{url}"\n'
        )
        result = run("--config", folder / "graph.toml")

    assert result.exit_code == 0
    assert 'SCHOOLS @join__graph(name: "schools", url: "http://s")' in result.stdout
    assert f'LINK @join__graph(name: "link", url: "{url}")' in result.stdout


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"errors": [{"message": "no"}]}, "gave no SDL"),
        (200, ["nonsense"], "gave no SDL"),
        (500, {}, "no answer from"),
    ],
)
def test_an_endpoint_without_an_sdl_is_named(folder, status, body, said):
    with answering(status, body) as url:
        (folder / "graph.toml").write_text(f'[subgraphs.link]\nurl = "{url}"\n')
        result = run("--config", folder / "graph.toml")

    assert result.exit_code == 1
    assert f"subgraph link: {'' if said[0] == 'n' else url + ' '}{said}" in result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[subgraphs.link]\n", "needs a url, an sdl file, or both"),
        ('[subgraphs.link]\nsdl = "nowhere.graphql"\n', "which is no file"),
        ('[subgraphs.link]\nurl = "file:///etc/hosts"\n', "is no HTTP address"),
        ("subgraphs = 1\n", "not a config"),
        ("nothing = 1\n", "not a config"),
        ("[[", "not a config"),
    ],
)
def test_a_config_that_says_too_little_is_refused(folder, text, said):
    (folder / "graph.toml").write_text(text)

    result = run("--config", folder / "graph.toml")

    assert result.exit_code == 1
    assert said in result.stderr


def test_composing_nothing_is_a_mistake_in_the_command():
    assert run().exit_code == 2


def test_help_shows_an_example():
    assert "causeway compose schools.graphql link.graphql" in run("--help").stdout
