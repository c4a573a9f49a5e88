"""Noise of a calibration record as models of PennyLane, Aer and Braket, all of one definition."""
