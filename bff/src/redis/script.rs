//! A script that Redis runs as one step, and what it is called with.

use redis::Cmd;

/// A Lua script. Redis knows it by its hash once it has seen it.
pub struct Script {
    code: &'static str,
    hash: String,
}

/// What a script, or a command, is given besides its keys.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// As it is.
    Bytes(&'a [u8]),
    /// In decimal digits.
    Number(u64),
}

impl Script {
    /// A script of this code. Keys are `KEYS`, and all in one slot; what else it is given is `ARGV`.
    #[must_use]
    pub fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }

    /// The call of a script that Redis has seen.
    pub(super) fn by_hash(&self, keys: &[&str], args: &[Arg<'_>]) -> Cmd {
        call("EVALSHA", &self.hash, keys, args)
    }

    /// The call of one that it has not, and which it will know from then on.
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
