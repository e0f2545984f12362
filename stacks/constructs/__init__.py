"""The pieces that the stacks are composed of."""
