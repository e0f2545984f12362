"""The CDK app: reads the mesh definition and synthesizes the control plane. No AWS call."""

import sys
from pathlib import Path

import stacks  # noqa: F401  (before aws_cdk: it chooses the Node that aws_cdk runs)

# isort: split
import aws_cdk as cdk

from stacks.app import build
from stacks.errors import SynthRefused

PROJECT = Path(__file__).resolve().parent

if __name__ == "__main__":
    app = cdk.App()
    try:
        build(app, PROJECT)
    except SynthRefused as refused:
        sys.exit(f"zonemesh: {refused}")
    app.synth()
