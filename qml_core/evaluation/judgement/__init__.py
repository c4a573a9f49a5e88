"""What a benchmark decides: on one data set, across data sets, and with what certainty."""
