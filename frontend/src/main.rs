//! Entry point of the WebAssembly binary; everything else is in the library, where tests reach it.

/// Half the code of the default allocator, which is made for processes and not for downloads.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    frontend::start();
}
