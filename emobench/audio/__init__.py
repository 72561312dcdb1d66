"""The only place that opens audio: scan, decode, mono, resample, segment, batch."""
