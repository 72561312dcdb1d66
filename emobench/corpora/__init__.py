"""Corpora: fetched, verified, read, scanned and looked through, before anything is computed."""
