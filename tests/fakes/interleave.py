"""Runs actors in every order that their steps allow, or in one of them.

An actor is a function that calls `step` before each thing it does to the shared world. Between two
steps only one actor runs, so a run is told wholly by who was let on at each step.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Actor = Callable[[Callable[[str], None]], None]


@dataclass
class _Running:
    """One actor's thread, and the two bells between it and the scheduler."""

    actor: Actor
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    paused: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    waits: bool = True
    problem: BaseException | None = None

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()
        self.paused.acquire()

    def _run(self) -> None:
        try:
            self.actor(self._step)
        except BaseException as problem:
            self.problem = problem
        self.waits = False
        self.paused.release()

    def _step(self, _: str) -> None:
        self.paused.release()
        self.go.acquire()

    def advance(self) -> None:
        self.go.release()
        self.paused.acquire()


def _run(actors: list[Actor], choices: list[int]) -> list[tuple[int, int]]:
    """Run once; give for each decision what was chosen and how many could have been."""
    running = [_Running(actor) for actor in actors]
    for each in running:
        each.start()
    made: list[tuple[int, int]] = []
    while ready := [each for each in running if each.waits]:
        choice = choices[len(made)] % len(ready) if len(made) < len(choices) else 0
        made.append((choice, len(ready)))
        ready[choice].advance()
    for each in running:
        if each.problem:
            raise each.problem
    return made


def one_order(actors: list[Actor], choices: list[int]) -> str:
    """Run once in the order that some numbers choose, wrapped to what is possible; gives it."""
    made = _run(actors, choices)
    return "".join(str(choice) for choice, _ in made)


def every_order(world: Callable[[], list[Actor]]) -> Iterator[str]:
    """Run the actors of a fresh world in each order, one run an iteration; gives the order."""
    choices: list[int] = []
    while True:
        made = _run(world(), choices)
        yield "".join(str(choice) for choice, _ in made)
        while made and made[-1][0] + 1 == made[-1][1]:
            made.pop()
        if not made:
            return
        choices = [choice for choice, _ in made[:-1]] + [made[-1][0] + 1]
