"""What a person is told to do about what AWS says."""

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from zonemesh.aws.cures import cure


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredTokenException", "log in again"),
        ("UnrecognizedClientException", "not known to AWS"),
        ("ResourceNotFoundException", "no such table"),
        ("AccessDeniedException", "allow GetItem to the caller"),
        ("InvalidSignatureException", "the clock of this machine"),
        ("ThrottlingException", ""),
    ],
)
def test_answers_that_refuse(code: str, words: str) -> None:
    assert words in cure(ClientError({"Error": {"Code": code, "Message": "no"}}, "GetItem"))


def test_no_answer_and_no_question() -> None:
    assert "way to AWS" in cure(EndpointConnectionError(endpoint_url="https://nowhere"))
    assert "--profile" in cure(NoCredentialsError())
    assert "list-profiles" in cure(ProfileNotFound(profile="x"))
    assert "log in again" in cure(UnauthorizedSSOTokenError())
    assert cure(ValueError()) == cure(None) == ""
