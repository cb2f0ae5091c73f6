//! Values for `BFF_SESSION_KEY`.

/// 64 hex digits, as the setting wants them.
pub const KEY_A: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Another key.
pub const KEY_B: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";
