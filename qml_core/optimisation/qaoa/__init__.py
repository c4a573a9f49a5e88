"""The quantum approximate optimisation algorithm: angles, tuners, evolution and readout."""
