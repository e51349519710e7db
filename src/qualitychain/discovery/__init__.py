"""Event logs to a chain: file -> clean events (log) -> counts (queries) -> chain -> result (discover).

Every query on events stands in :mod:`qualitychain.discovery.queries`; nothing else groups, shifts or counts
events.
"""
