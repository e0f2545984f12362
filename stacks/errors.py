"""Why the stacks cannot be synthesized; each message says where to put it right."""


class SynthRefused(Exception):
    """The app cannot be synthesized from what it was given; the message says what to change."""
