"""What every function shares in a warm process: its ports, its logger, its metrics, the time."""

import time

from aws_lambda_powertools import Logger, Metrics

from zonemesh.aws.wiring import Functions
from zonemesh.control import Control
from zonemesh.deployment import METRICS_NAMESPACE

logger = Logger()
metrics = Metrics(namespace=METRICS_NAMESPACE)
ports = Functions()


def now() -> int:
    """Give the time in epoch seconds."""
    return int(time.time())


def control() -> Control:
    """Read the mesh definition anew: it changes without a deployment."""
    return Control.read(ports, now)
