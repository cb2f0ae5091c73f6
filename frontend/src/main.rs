//! Tests
fn main(){}
