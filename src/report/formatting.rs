//! Numbers as people read them: thousands with separators, shares in percent, durations in minutes and seconds.
//! An undefined value is an en dash, never a zero.

use crate::visible::visible;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands for a value that is undefined.
pub(super) const NOTHING: &str = "–";

/// A count with a comma every three digits.
pub(super) fn count(value: f64) -> String {
    let rounded = value.round();
    let digits = format!("{:.0}", rounded.abs());
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if rounded < 0.0 { format!("-{text}") } else { text }
}

/// A number with as many decimals as its size deserves: 12,345 or 604.2 or 0.071.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if value.fract() == 0.0 || size >= 1000.0 {
        count(value)
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 0.01 {
        format!("{value:.3}")
    } else {
        format!("{value:.2e}")
    }
}

/// A number rounded to so many significant digits.
pub(super) fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().expect("a number that was written can be read")
}

/// A number to the decimal that its half interval makes certain: two digits of the half, and no more of the number.
pub(super) fn with_half(value: f64, half: f64) -> (String, String) {
    let power =
        format!("{half:.1e}").split('e').nth(1).and_then(|power| power.parse::<i32>().ok()).unwrap_or(0);
    let decimals = usize::try_from(1 - power).unwrap_or(0);
    let say = |value: f64| match decimals {
        _ if value.abs() >= 1e9 => format!("{value:.2e}"),
        0 => count(value),
        _ => plain_zero(format!("{value:.decimals$}")),
    };
    (say(value), say(half))
}

/// A number that was rounded to nothing has no sign.
fn plain_zero(text: String) -> String {
    if text.contains(|c: char| ('1'..='9').contains(&c)) { text } else { text.replace('-', "") }
}

/// A share from 0 to 1 in percent with one decimal; one that is not quite nothing or all never looks like it.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        "< 0.1 %".to_owned()
    } else if share < 1.0 && share > 0.9995 {
        "> 99.9 %".to_owned()
    } else {
        format!("{:.1} %", share * 100.0)
    }
}

/// A difference of two shares, in percentage points with one decimal.
pub(super) fn points(difference: f64) -> String {
    let text = format!("{:.1}", difference * 100.0);
    let unit = if text == "1.0" { "point" } else { "points" };
    format!("{text} {unit}")
}

/// A length of time: `0.4 s`, `42 s`, `3 min 12 s`, `1 h 05 min`.
pub(super) fn duration(seconds: f64) -> String {
    if seconds < 0.0 {
        return format!("-{}", duration(-seconds));
    }
    if seconds < 0.9995 {
        return format!("{:.0} ms", seconds * 1000.0);
    }
    if seconds < 9.95 && (seconds - seconds.round()).abs() >= 0.05 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    match (hours, minutes, rest) {
        (0, 0, _) => format!("{rest} s"),
        (0, _, 0) => format!("{minutes} min"),
        (0, _, _) => format!("{minutes} min {rest:02} s"),
        (_, 0, _) => format!("{hours} h"),
        _ => format!("{hours} h {minutes:02} min"),
    }
}

/// An instant relative to the opening of the sale: `T+3 min 12 s`, or `T-5 min` in the lounge.
pub(super) fn instant(seconds: f64) -> String {
    if seconds < 0.0 {
        format!("T-{}", duration(-seconds))
    } else if seconds == 0.0 {
        "the opening".to_owned()
    } else {
        format!("T+{}", duration(seconds))
    }
}

/// `1 person`, `2 persons`.
pub(super) fn counted(value: f64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value.round() == 1.0 { one } else { many })
}

/// A list as a sentence has it: `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The first six of a list of seeds, and how many more there are: `4, 9, 17` or `1, 2, 3, 4, 5, 6 and 14 more`.
pub(super) fn some_of<S: AsRef<str>>(seeds: &[S]) -> String {
    let (named, others) = seeds.split_at(seeds.len().min(6));
    let named: Vec<&str> = named.iter().map(AsRef::as_ref).collect();
    let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
    named.join(", ") + &more
}

/// Applies `say` to a value that may be undefined.
pub(super) fn or_nothing(value: Option<f64>, say: impl Fn(f64) -> String) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| NOTHING.to_owned(), say)
}

/// A value in the unit of its metric.
pub(super) fn in_unit(value: Option<f64>, unit: &str) -> String {
    or_nothing(value, |value| match unit {
        "s" => duration(value),
        "" | "1" => number(value),
        _ => format!("{} {unit}", number(value)),
    })
}

/// How many columns of a terminal a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// How many columns of a terminal a character takes: 2 of East Asian scripts and emoji, 0 of accents that combine.
pub(super) fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// A text for a terminal, and for one line of anything else: what nobody would see in it is a question mark.
pub(super) fn clean(text: &str) -> String {
    visible(text, '?')
}

/// A name shortened to so many columns, with an ellipsis where something was cut. It is
/// [`clean`].
pub(super) fn fit(text: &str, columns: usize) -> String {
    let clean = clean(text);
    if width(&clean) <= columns {
        return clean;
    }
    let mut short = String::new();
    let mut used = 1;
    for c in clean.chars() {
        used += char_width(c);
        if used > columns {
            break;
        }
        short.push(c);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(0.0), "0");
        assert_eq!(count(999.0), "999");
        assert_eq!(count(1_208_344.0), "1,208,344");
        assert_eq!(count(-1234.0), "-1,234");
        assert_eq!(number(604.17), "604.2");
        assert_eq!(number(0.071), "0.071");
        assert_eq!(rounded(1_260.002, 5), 1_260.0);
        assert_eq!(rounded(-0.862_060_7, 5), -0.862_06);
        assert_eq!(rounded(0.0, 5), 0.0);
        assert_eq!(with_half(-42.5, 92.98), ("-43".to_owned(), "93".to_owned()));
        assert_eq!(with_half(0.000_607_2, 0.000_364_7), ("0.00061".to_owned(), "0.00036".to_owned()));
        assert_eq!(with_half(9434.2, 1323.2), ("9,434".to_owned(), "1,323".to_owned()));
        assert_eq!(with_half(-0.001, 6.7), ("0.0".to_owned(), "6.7".to_owned()));
        assert_eq!(with_half(2.0, 0.0), ("2.0".to_owned(), "0.0".to_owned()));
        assert_eq!(percent(0.061), "6.1 %");
        assert_eq!(percent(0.000_01), "< 0.1 %");
        assert_eq!(percent(0.999_99), "> 99.9 %");
        assert_eq!(percent(1.0), "100.0 %");
        assert_eq!(points(0.01), "1.0 point");
        assert_eq!(points(0.042), "4.2 points");
    }

    #[test]
    fn durations_have_the_units_of_their_size() {
        assert_eq!(duration(0.0), "0 ms");
        assert_eq!(duration(0.42), "420 ms");
        assert_eq!(duration(9.94), "9.9 s");
        assert_eq!(duration(8.0), "8 s");
        assert_eq!(duration(59.7), "1 min");
        assert_eq!(duration(192.0), "3 min 12 s");
        assert_eq!(duration(3900.0), "1 h 05 min");
        assert_eq!(duration(7200.0), "2 h");
        assert_eq!(instant(-300.0), "T-5 min");
        assert_eq!(instant(10.0), "T+10 s");
        assert_eq!(instant(0.0), "the opening");
    }

    #[test]
    fn an_undefined_value_is_a_dash() {
        assert_eq!(or_nothing(None, count), "–");
        assert_eq!(or_nothing(Some(f64::NAN), count), "–");
        assert_eq!(in_unit(None, "s"), "–");
        assert_eq!(in_unit(Some(3.0), "requests"), "3 requests");
    }

    #[test]
    fn a_long_or_hostile_name_is_cut_and_cleaned() {
        assert_eq!(fit("casual buyers", 8), "casual …");
        assert_eq!(fit("a\u{1b}[2Jb", 10), "a?[2Jb");
        assert_eq!(width(&fit("搶票的人們都來了", 7)), 7);
        assert_eq!((width("🎫🎫"), width("e\u{301}te\u{301}"), width("±→✓…–")), (4, 3, 5));
    }
}
