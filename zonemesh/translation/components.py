"""Which nodes of a graph lead back to themselves, and in which order the others can be made."""

from collections.abc import Callable, Container, Hashable, Iterable, Iterator
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def components(
    start: Node, successors: Callable[[Node], Iterable[Node]], done: Container[Node]
) -> Iterator[frozenset[Node]]:
    """Give the strongly connected components reachable from a node, successors first.

    Nodes in `done` are passed over; the caller may fill it with what it is given. Tarjan's
    algorithm (SIAM J. Comput. 1, 1972) on a stack of its own: chains may be longer than Python's.
    """
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    open_nodes: dict[Node, None] = {}
    work: list[tuple[Node, Iterator[Node]]] = []

    def enter(node: Node) -> None:
        index[node] = low[node] = len(index)
        open_nodes[node] = None
        work.append((node, iter(successors(node))))

    if start not in done:
        enter(start)
    while work:
        node, following = work[-1]
        for successor in following:
            if successor in open_nodes:
                low[node] = min(low[node], index[successor])
            elif successor not in index and successor not in done:
                enter(successor)
                break
        else:
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[node])
            if low[node] == index[node]:
                yield _closed(node, open_nodes)


def _closed(root: Node, open_nodes: dict[Node, None]) -> frozenset[Node]:
    members: list[Node] = []
    while not members or members[-1] != root:
        members.append(open_nodes.popitem()[0])
    return frozenset(members)
