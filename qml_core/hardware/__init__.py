"""Where circuits run for shots: one protocol, a file per vendor, calibration, error correction."""
