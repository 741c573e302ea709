//! What the fuzz targets share with the tests: scenarios drawn from bytes.

#[path = "../../tests/support/drawn.rs"]
pub mod drawn;
