"""Requests, flow, work and scenarios of common causes: how good what arrives is."""
