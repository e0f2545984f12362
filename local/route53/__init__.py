"""A strict Route 53 in memory: what AWS refuses is refused, in AWS's words."""

from .cloudtrail import ApiCall
from .handler import StrictRoute53
from .settings import AWS_REQUESTS_PER_SECOND, Route53Settings

__all__ = ["AWS_REQUESTS_PER_SECOND", "ApiCall", "Route53Settings", "StrictRoute53"]
