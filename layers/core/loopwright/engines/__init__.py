"""The adapters to computation: tables, learner and scorer."""
