"""Test cases: what an answer must satisfy, whether it does, and how cases are exchanged between sites.

checks     what is asked of an answer, read and refused
answers    what a thread holds after a run, read as the answer to its input
checking   answers held against checks: an outcome for each
judging    what a model is asked that judges, and what its reply means
exchange   test cases as JSON lines
"""
