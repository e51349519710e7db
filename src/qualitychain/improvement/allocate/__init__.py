"""Targets of customers split into promises of handoffs."""
