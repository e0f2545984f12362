"""What these suites use of others."""

from tests.unit.conftest import table

__all__ = ["table"]
