from gateway.federation.composition.composer import compose
from gateway.federation.composition.findings import Findings
from gateway.federation.composition.read import Source
from gateway.federation.composition.satisfy import check_satisfiable
from gateway.federation.supergraph import load

SDL = """
type Query { pupil: Pupil }
type Pupil { school: School }
type School { pupils: [Pupil] name: String }
"""


def test_a_graph_with_too_many_ways_is_given_up_by_name():
    supergraph = load(compose([Source("a", "", SDL)]).sdl)
    found = Findings()

    check_satisfiable(supergraph, found, most=2)

    ((code, message),) = found.problems
    assert code == "MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED"
    assert message.startswith("more than 2 ways through the graph")


def test_a_graph_that_turns_in_circles_is_walked_once():
    supergraph = load(compose([Source("a", "", SDL)]).sdl)
    found = Findings()

    check_satisfiable(supergraph, found, most=3)

    assert not found.problems
