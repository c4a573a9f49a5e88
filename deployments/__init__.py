"""The doors: command line, deployments, work pools."""
