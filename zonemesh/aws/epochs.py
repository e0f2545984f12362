"""The epochs of a catalog's zones: items beside the catalog's head, one a zone that was reset."""

from zonemesh.aws.backoff import attempts
from zonemesh.aws.table import ABSENT, Put, Table, keyed
from zonemesh.deployment import SORT_KEY, ZONE_PREFIX
from zonemesh.errors import StoreUnavailable

_EPOCH = "epoch#"


class DynamoEpochs:
    """Epochs in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def epochs(self, catalog: str) -> dict[str, int]:
        items = self._table.query(f"{ZONE_PREFIX}{catalog}", _EPOCH)
        return {item[SORT_KEY].removeprefix(_EPOCH): item["epoch"] for item in items}

    def advance(self, catalog: str, apex: str) -> int:
        key = (f"{ZONE_PREFIX}{catalog}", f"{_EPOCH}{apex}")
        for _ in attempts():
            known = self._table.get(key)
            epoch = known["epoch"] + 1 if known else 1
            was = {":known": epoch - 1} if known else {}
            item = keyed(key, epoch=epoch)
            if self._table.put(Put(item, "epoch = :known" if known else ABSENT, was)):
                return int(epoch)
        raise StoreUnavailable(f"{apex}: its epoch keeps changing; try again")
