//! A private PostgreSQL for tests, started from the server binaries of the machine.
