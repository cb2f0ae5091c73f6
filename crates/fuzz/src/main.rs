//! With the engine (`cargo xtask fuzz`) it looks for bytes that break the target named in `BFF_FUZZ_TARGET`. Without, it
//! replays a file: `cargo run -p fuzz -- TARGET FILE`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(init: target(), |data: &[u8]| (target().run)(data));

/// The target that the environment names.
#[cfg(fuzzing)]
fn target() -> fuzz::Target {
    use std::sync::LazyLock;

    static TARGET: LazyLock<Option<fuzz::Target>> =
        LazyLock::new(|| fuzz::find(&std::env::var("BFF_FUZZ_TARGET").ok()?));
    let none = || -> ! { std::process::exit(2) };
    (*TARGET).unwrap_or_else(|| none())
}

#[cfg(not(fuzzing))]
fn main() -> Result<(), String> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [target, file] = args.as_slice() else { return Err("usage: fuzz TARGET FILE".to_owned()) };
    let target = fuzz::find(target).ok_or_else(|| format!("there is no target {target}"))?;
    let data = std::fs::read(file).map_err(|err| format!("{file} cannot be read: {err}"))?;
    (target.run)(&data);
    Ok(())
}
