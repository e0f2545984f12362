"""A long poll ends with its connection."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from local.embedded.settings import REGION
from tests.local.embedded_cloud import Cloud


def test_a_client_that_is_gone_takes_no_message(cloud: Cloud) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="long-polls")["QueueUrl"]
    impatient = boto3.client(
        "sqs",
        endpoint_url=cloud.aws.endpoint,
        region_name=REGION,
        aws_access_key_id=cloud.access_key,
        aws_secret_access_key=cloud.secret_key,
        config=Config(read_timeout=0.3, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ReadTimeoutError):
        impatient.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    impatient.close()
    sqs.send_message(QueueUrl=url, MessageBody="ring")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert message["Body"] == "ring"
