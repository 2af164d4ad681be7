"""The report as files to take along."""
