"""Every function imports under an empty environment and reaches for nothing before it is called."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(
    path.stem
    for path in (ROOT / "functions").glob("*.py")
    if "def lambda_handler(" in path.read_text()
)


def test_the_functions_are_found() -> None:
    assert {"announce", "list_zone", "record_change", "refresh_aliases", "sweep"} <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_imports_under_an_empty_environment(name: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        f"from functions.{name} import lambda_handler\n"
        "from functions.ports import ports\n"
        "assert not set(vars(ports)) & {'store', 'changes', 'listings', 'announcer'}\n"
        "print(callable(lambda_handler))"
    )
    command = ["env", "-i", sys.executable, "-W", "error", "-c", code]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "True"), ran.stderr
