// Runs profiles: starts the broker, drives the fleet, measures, audits, tears down.
