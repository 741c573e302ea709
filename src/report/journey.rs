//! One person's evening as people read it: two columns, what the user saw and what the backend decided, and the line
//! at which they part.
//!
//! ```text
//!   Journey --phrases (of each entry)--> rows --> text, page
//!           \--story (the end in sentences)--/ \--> mermaid
//! ```

mod mermaid;
mod page;
mod phrases;
mod rows;
mod story;
mod text;
mod words;

pub use mermaid::mermaid;
pub(super) use page::evening;
pub use page::page;
pub use story::sentences;
pub use text::text;

use super::formatting::count;

/// An instant relative to the opening, to the millisecond: `T+19:04.404`, `T-0:12.000`.
fn clock(at_us: u64, opens_at_us: u64) -> String {
    let sign = if at_us < opens_at_us { '-' } else { '+' };
    let ms = at_us.abs_diff(opens_at_us) / 1000;
    let (hours, minutes, seconds, rest) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    match hours {
        0 => format!("T{sign}{minutes}:{seconds:02}.{rest:03}"),
        _ => format!("T{sign}{hours}:{minutes:02}:{seconds:02}.{rest:03}"),
    }
}

/// A count of anything.
fn number(value: u64) -> String {
    count(value as f64)
}

/// A length of time in words.
fn lasting(us: u64) -> String {
    super::formatting::duration(us as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_count_from_the_opening_to_the_millisecond() {
        assert_eq!(clock(900_000_000, 900_000_000), "T+0:00.000");
        assert_eq!(clock(899_999_000, 900_000_000), "T-0:00.001");
        assert_eq!(clock(5_000_123_456, 900_000_000), "T+1:08:20.123");
    }
}
