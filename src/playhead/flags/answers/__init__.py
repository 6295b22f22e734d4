"""Evaluates flags for a user: the gate, its sources' port, Unleash's engine and client. Every process loads it."""
