"""Means and variances of times, and what they say about steps and inputs."""
