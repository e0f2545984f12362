"""What operators have hubs, or the control plane, do now, and what comes of it."""
