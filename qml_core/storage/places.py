"""Where everything lies in a store, as patterns of its paths."""

import re

MATRIX = re.compile(r"matrices/([0-9a-f]{64})/manifest\.json")
RECEIPT = re.compile(r"matrices/([0-9a-f]{64})/receipts/\d+-\d+\.json")
CONTENT = re.compile(r"([a-z0-9._-]+)/[0-9a-f]{2}/([0-9a-f]{64})\.[a-z0-9.]+")
NAMED = re.compile(r"(runs|refs)/([^/]+)\.json")
KEPT = re.compile(r"(matrices/[0-9a-f]{64}/measurements|trainings/[0-9a-f]{64}/kept)/[^/]+\.json")
JOB = re.compile(r"matrices/[0-9a-f]{64}/(jobs/[0-9a-f]{64}|canary)\.json")
GRANT = re.compile(r"matrices/([0-9a-f]{64})/grant\.json")
DATASET = re.compile(r"datasets/by-key/[0-9a-f]{64}\.json")
TRAINING = re.compile(r"trainings/by-key/[0-9a-f]{64}\.json")
CHECKPOINT = re.compile(r"trainings/([0-9a-f]{64})/checkpoints/e\d+-s\d+\.json")
TENSORS = re.compile(r"trainings/()[0-9a-f]{64}/checkpoints/[^/]+\.([0-9a-f]{64})\.safetensors")
DIAGNOSIS = re.compile(r"diagnoses/by-key/([0-9a-f]{64})\.json")
TRIAL = re.compile(r"trials/[0-9a-f]{2}/[0-9a-f]{64}\.parquet")
FOLD = re.compile(r"folds/[0-9a-f]{2}/[0-9a-f]{64}\.parquet")
PROPOSAL = re.compile(r"searches/[0-9a-f]{64}/[0-9a-f]{64}-\d+\.json")
SCREEN = re.compile(r"screens/by-key/([0-9a-f]{64})\.json")
TUNING = re.compile(r"folds/tunings/([0-9a-f]{64})\.json")
BENCHMARK = re.compile(r"benchmarks/run=([^/]+)/folds\.parquet")
