"""A CloudTrail trail, for an account that has none."""

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_s3 as s3
from constructs import Construct

KEPT_FOR = cdk.Duration.days(90)  # as long as CloudTrail's own event history


class Trail(Construct):
    """The trail without which EventBridge hears of no API call.

    docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """

    def __init__(self, scope: Construct, id: str, *, destroy: bool) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=KEPT_FOR)],
            removal_policy=cdk.RemovalPolicy.DESTROY if destroy else cdk.RemovalPolicy.RETAIN,
        )
        cloudtrail.Trail(
            self,
            "Trail",
            bucket=bucket,
            include_global_service_events=True,  # Route 53 is one
            is_multi_region_trail=False,  # and its events are in this region only
            management_events=cloudtrail.ReadWriteType.WRITE_ONLY,
            enable_file_validation=True,
        )
