//! unknown_paths
