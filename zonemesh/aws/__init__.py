"""AWS behind the ports; nothing outside this package imports boto3."""
