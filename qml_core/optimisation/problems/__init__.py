"""Ising polynomials, where they come from, and the registers of variables they act on."""
