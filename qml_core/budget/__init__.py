"""What a job may cost: estimates in, decisions out."""
