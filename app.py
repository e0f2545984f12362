"""The CDK app: reads the mesh definition and synthesizes the control plane. No AWS call."""

import sys
from pathlib import Path

from stacks.app import build, new_app
from stacks.errors import SynthRefused

PROJECT = Path(__file__).resolve().parent

if __name__ == "__main__":
    try:
        app = new_app()
        build(app, PROJECT)
    except SynthRefused as refused:
        sys.exit(f"zonemesh: {refused}")
    app.synth()
