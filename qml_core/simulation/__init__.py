"""Exact simulation of one circuit structure on a batch of inputs."""
