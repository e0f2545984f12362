"""Names that the stacks and the running code must agree on; nothing else is shared."""

# The table: a partition key and a sort key, both strings.
PARTITION_KEY = "pk"
SORT_KEY = "sk"
EXPIRES_AT = "expires_at"  # epoch seconds, the table's TTL attribute

HEAD = "head"  # sort key of a zone's head; the announcing function's stream filter matches it
ZONE_PREFIX = "zone#"
CHUNK_PREFIX = "chunk#"
HUB_PREFIX = "hub#"
MESH_PARTITION = "mesh"
# Apart from the definition, which functions may not write: IAM tells partitions apart, no more.
MEMBERS_PARTITION = "members"
SWEEP_PARTITION = "sweep"
ALIASES_PARTITION = "aliases"
GARBAGE_PARTITION = "garbage"
WATCH_PARTITION = "watch"
# Apart from what hubs write: who may place orders need not be able to speak for a hub.
ORDERS_PARTITION = "orders"  # those to read zones; hub H's are in `orders#H`
ORDER_SORT, SYNC_SORT = "order#", "sync#"  # of a hub's order, and of one to read zones
USED_AT = "used_at"  # epoch seconds, when a chunk or page was last written or found again

STACK = "ZONEMESH_STACK"  # an operator's environment: the name of the stack

# Environment of the functions.
TABLE = "ZONEMESH_TABLE"
TOPIC_ARN = "ZONEMESH_TOPIC_ARN"
ALERTS_ARN = "ZONEMESH_ALERTS_ARN"
CHANGES_QUEUE_URL = "ZONEMESH_CHANGES_QUEUE_URL"
LISTINGS_QUEUE_URL = "ZONEMESH_LISTINGS_QUEUE_URL"
SWEEP_EVERY = "ZONEMESH_SWEEP_EVERY"  # seconds
SWEEP_FUNCTION = "ZONEMESH_SWEEP_FUNCTION"  # its name

# Environment of a hub, besides TABLE.
HUB = "ZONEMESH_HUB"
HUB_QUEUE_URL = "ZONEMESH_QUEUE_URL"
HUB_STATE_DIR = "ZONEMESH_STATE_DIR"
HUB_DNS_LISTEN = "ZONEMESH_DNS_LISTEN"  # address@port, several with commas
HUB_TLS_LISTEN = "ZONEMESH_TLS_LISTEN"  # address@port for transfers over TLS, several with commas
HUB_TLS_CERTIFICATE = "ZONEMESH_TLS_CERTIFICATE"  # path of a PEM file, with its chain
HUB_TLS_KEY = "ZONEMESH_TLS_KEY"  # path of the certificate's private key
HUB_HTTP_LISTEN = "ZONEMESH_HTTP_LISTEN"  # address:port
HUB_CATCH_UP_EVERY = "ZONEMESH_CATCH_UP_EVERY"  # seconds
HUB_NOTIFY_SOURCE = "ZONEMESH_NOTIFY_SOURCE"  # address that NOTIFY leaves from, or IPv4,IPv6
HUB_NOTIFY_LISTEN = "ZONEMESH_NOTIFY_LISTEN"  # address@port, where primaries send NOTIFY

# The message attribute that a hub's subscription filters on.
HUBS_ATTRIBUTE = "hubs"
EVERY_HUB = "*"

# The stack's outputs; a hub's own begins with the prefix and is JSON (`HUB_OUTPUT_*` its members).
STACK_NAME = "Zonemesh"  # the default
TABLE_OUTPUT = "TableName"
TOPIC_OUTPUT = "TopicArn"
SWEEP_OUTPUT = "SweepFunctionName"
ALARMS_OUTPUT = "AlarmTopicArn"
HUB_OUTPUT_PREFIX = "Hub"
HUB_OUTPUT_NAME = "hub"
HUB_OUTPUT_ROLE = "roleArn"

METRICS_NAMESPACE = "zonemesh"
EVENT_REGION = "us-east-1"  # Route 53's change events reach EventBridge only here
