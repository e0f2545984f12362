"""What Secrets Manager refuses is said with what to do, and never with the secret."""

import pytest
from botocore.stub import Stubber

from zonemesh.aws.secret_store import SecretsManagerStore
from zonemesh.aws.sessions import Clients
from zonemesh.errors import SecretTaken, StoreUnavailable, ZonemeshError

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("ResourceExistsException", SecretTaken, "--rotate gives it another value"),
        ("AccessDeniedException", StoreUnavailable, "allow secretsmanager:CreateSecret to the"),
        ("LimitExceededException", StoreUnavailable, "secret paris: .*LimitExceeded"),
    ],
)
def test_what_is_refused_is_said_with_what_to_do(
    clients: Clients, code: str, kind: type[ZonemeshError], said: str
) -> None:
    stubber = Stubber(clients.client("secretsmanager"))
    stubber.add_client_error("create_secret", service_error_code=code)
    with stubber, pytest.raises(kind, match=said) as caught:
        SecretsManagerStore(clients.client("secretsmanager")).create("paris", SECRET, "a key")
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_name_that_is_none_is_said_without_the_secret(clients: Clients) -> None:
    store = SecretsManagerStore(clients.client("secretsmanager"))
    with pytest.raises(StoreUnavailable, match="not a name that Secrets Manager takes") as caught:
        store.create("", SECRET, "a key")
    assert SECRET not in str(caught.value)
