"""One file per vendor or simulator; its client is imported when the backend is opened."""
