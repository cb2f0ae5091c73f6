//! A script that Redis runs as one step, and its arguments.

use redis::Cmd;

/// A Lua script. Redis knows it by its hash after the first call.
pub struct Script {
    code: &'static str,
    hash: String,
}

/// An argument of a script or a command, besides its keys.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// Bytes as they are.
    Bytes(&'a [u8]),
    /// A number in decimal digits.
    Number(u64),
}

impl Script {
    /// A script of this code. Its keys are `KEYS`, all in one slot; its arguments are `ARGV`.
    #[must_use]
    pub fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }

    /// The call of a script that Redis has seen, by its hash.
    pub(super) fn by_hash(&self, keys: &[&str], args: &[Arg<'_>]) -> Cmd {
        call("EVALSHA", &self.hash, keys, args)
    }

    /// The call of a script by its code, after which Redis knows its hash.
    pub(super) fn by_code(&self, keys: &[&str], args: &[Arg<'_>]) -> Cmd {
        call("EVAL", self.code, keys, args)
    }
}

fn call(verb: &str, what: &str, keys: &[&str], args: &[Arg<'_>]) -> Cmd {
    let mut command = redis::cmd(verb);
    command.arg(what).arg(keys.len());
    for key in keys {
        command.arg(*key);
    }
    for arg in args {
        match arg {
            Arg::Bytes(bytes) => command.arg(*bytes),
            Arg::Number(number) => command.arg(*number),
        };
    }
    command
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}
