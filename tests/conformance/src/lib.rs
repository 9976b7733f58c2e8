//! Conformance suite of the node contract.
