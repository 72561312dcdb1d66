"""What does a model say about every clip? Pooling, extraction, and the content-addressed feature store."""
