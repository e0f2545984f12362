"""What all tests share."""

from hypothesis import HealthCheck, settings

# Other lanes keep the processors busy: how long an example takes to make says nothing here.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
