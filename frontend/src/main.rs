//! Entry point of the WebAssembly binary; everything else is in the library, where tests reach it.

fn main() {
    frontend::start();
}
