"""Error mitigation: pure functions of counts and calibration records."""
