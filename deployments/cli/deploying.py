"""`qml deploy`: pools, limits and the deployments of prefect.yaml, as often as you like."""

import click

from qml_core.settings import Settings


@click.command()
@click.option("--file", "prefect_file", default="prefect.yaml", show_default=True)
def deploy(prefect_file: str) -> None:
    """Create work pools and limits, then deploy all flows of prefect.yaml. Idempotent."""
    from deployments.cli.running import prepare_environment
    from deployments.deploy import deploy_all

    prepare_environment(local=False, verbose=False)
    Settings.from_environment()  # a wrong setting is told before anything is created
    for line in deploy_all(prefect_file):
        click.echo(line)
