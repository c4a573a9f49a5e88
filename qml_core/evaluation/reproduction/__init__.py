"""Published numbers, refitted here, and tables of results that cannot be."""
