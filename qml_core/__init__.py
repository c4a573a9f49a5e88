"""The ground floor: everything that works without Prefect.

Vocabulary (light to import): `specs`, `references`, `errors`, `keys`, `settings`.
Mathematics: `circuits`, `simulation`, `kernels`, `models`, `evaluation`.
Outside world: `storage`, `budget`.
"""

__version__ = "0.1.0"
