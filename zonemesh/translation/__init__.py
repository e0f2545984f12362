"""From Route 53 to DNS: the translation contract. Pure: what is asked of DNS is asked elsewhere."""

TRANSLATOR = 2  # raise it with every change of what is served for the same source and decisions
