"""What several test modules share: deployments, servers, texts, commands; one module for each subject.

There are no tests here, and no fixtures: those are in conftest.py.
"""
