"""What alembic runs around the migrations: on the connection, and in the transaction, it is given.

SQLite's driver begins no transactions of its own here, so that its tables too are made in one.
"""

from alembic import context

from qml_core.budget.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
