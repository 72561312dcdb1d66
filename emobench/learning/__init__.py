"""Splits, heads, and the batched probes that read frozen features."""
