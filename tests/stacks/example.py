"""A mesh with everything in it."""

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:paris-AbCdEf"
MESH = f"""
integrations:
  main: {{}}
  subsidiary:
    role_arn: arn:aws:iam::444455556666:role/zonemesh-source
    external_id: something-long
zones:
  - discover: "*"
    integration: main
hubs:
  fargate: {{}}
  on-prem:
    secondaries: [paris]
secondaries:
  paris:
    address: 192.0.2.53
    tsig_key: paris.
tsig_keys:
  paris.:
    secret: secretsmanager:{SECRET}
  unused.:
    secret: env:UNUSED
"""
