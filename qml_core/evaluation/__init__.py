"""Data sets, splits, preprocessing, metrics and the verdict of quantum against classical."""
