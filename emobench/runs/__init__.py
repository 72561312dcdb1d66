"""From a spec to records: planning, running, unit and record store."""
