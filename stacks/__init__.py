"""The CDK app: the control plane, and what each hub needs of AWS."""

import os
import sys
from pathlib import Path

# aws_cdk runs a Node process as it is imported. A Node that set-up put into the virtual
# environment wins, and what jsii has to say about a Node of another age is not news here:
# 20 is the oldest that the CDK CLI and the stacks are tested with.
_own_node = Path(sys.prefix, "bin", "node")
if _own_node.exists():
    os.environ.setdefault("JSII_NODE", str(_own_node))
# Unpacked once (5 s), wherever HOME is.
os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path(sys.prefix, "jsii-cache")))
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
os.environ.setdefault("JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION", "1")
os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
