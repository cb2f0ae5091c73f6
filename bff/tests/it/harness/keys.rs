//! Values for `BFF_SESSION_KEY`.

/// 64 hex digits, as the setting wants them.
pub const KEY_A: &str = "5be1a90c47f23d86e8140b9fd37a26c151f8049ed26b83ac17f5704dbe2990e3";

/// Another key.
pub const KEY_B: &str = "c2478d1f60ae95037bd4e936f18a5c20794bd6e30f1862ab9dc55e7431a8f20c";
