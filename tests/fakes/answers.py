"""What zones' questions were answered, in memory."""

from dataclasses import replace

from zonemesh.settle import Memory


class MemoryAnswers:
    """An AnswerMemory of one dict by zone key, `kept`; `saves` notes the zones of all saves.

    `here` is what the process alone remembers: a test that clears it starts another one.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Memory] = {}
        self.here: dict[str, Memory] = {}
        self.saves: list[str] = []
        self.begins_at = ""

    def load(self, zone: str) -> Memory:
        stored, here = self.kept.get(zone, Memory()), self.here.get(zone)
        return here if here is not None and here.version == stored.version else stored

    def keep(self, zone: str, memory: Memory) -> None:
        self.here[zone] = memory

    def save(self, zone: str, memory: Memory) -> bool:
        self.saves.append(zone)
        if self.kept.get(zone, Memory()).version != memory.version:
            return False
        self.kept[zone] = replace(memory, version=memory.version + 1)
        return True

    def cursor(self) -> str:
        return self.begins_at

    def move_cursor(self, zone: str) -> None:
        self.begins_at = zone
