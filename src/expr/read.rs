//! From text to a line. Nothing is guessed: what could mean two things is a mistake with its place and its remedy.

use super::{Amount, Line, LineError, Number, Operator, Part, Test};
use crate::engine::time::Span;
use std::ops::Range;

/// Reads one line.
///
/// # Errors
/// The first mistake of form.
pub fn parse(text: &str) -> Result<Line, LineError> {
    let mut reader = Reader { text, at: 0 };
    let metric = reader.metric()?;
    let (mut cohort, mut station, mut at) = (None, None, None);
    while reader.eat("@") {
        let key = reader.key()?;
        let place = match &text[key.clone()] {
            "cohort" => &mut cohort,
            "station" => &mut station,
            _ => {
                set(&mut at, key, reader.time()?)?;
                continue;
            }
        };
        set(place, key, reader.name()?)?;
    }
    let test = reader.test()?;
    reader.end()?;
    Ok(Line { metric, cohort, station, at, test })
}

/// Keeps what `@ key=` says, once.
fn set<T>(place: &mut Option<T>, key: Range<usize>, what: T) -> Result<(), LineError> {
    match place.replace(what) {
        None => Ok(()),
        Some(_) => Err(LineError::new(key, "this is written twice", "keep one: a line is about one figure")),
    }
}

/// Characters that signs of comparison are made of, and some that people write for them.
const SIGNS: [char; 7] = ['=', '!', '<', '>', '≤', '≥', '≠'];
const COMPARISONS: &str = "write one of == != < <= > >=, or in LOW..HIGH";

/// Where the reading is.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.take(char::is_whitespace);
    }

    /// Takes the characters that `wanted` accepts.
    fn take(&mut self, wanted: impl Fn(char) -> bool) -> Range<usize> {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        start..self.at
    }

    /// Takes `what` and the blanks before it, if it is next.
    fn eat(&mut self, what: &str) -> bool {
        self.skip_blanks();
        let there = self.rest().starts_with(what);
        self.at += if there { what.len() } else { 0 };
        there
    }

    /// Whatever stands here up to the next blank.
    fn word_here(&self) -> Range<usize> {
        let rest = self.rest();
        self.at..self.at + rest.find(char::is_whitespace).unwrap_or(rest.len())
    }

    fn metric(&mut self) -> Result<Part<String>, LineError> {
        const REMEDY: &str = "begin with the name of a metric, such as silent.failure_rate";
        self.skip_blanks();
        let span = self.take(|c| !c.is_whitespace() && c != '@' && !SIGNS.contains(&c));
        match &self.text[span.clone()] {
            "" if self.text.trim().is_empty() => Err(LineError::new(span, "this line is empty", REMEDY)),
            "" => Err(LineError::new(self.word_here(), "a metric is missing before this", REMEDY)),
            name => Ok(Part { says: name.to_owned(), span }),
        }
    }

    /// `cohort=`, `station=` or `t=` behind an `@`.
    fn key(&mut self) -> Result<Range<usize>, LineError> {
        const REMEDY: &str = "behind @ stands cohort=NAME, station=NAME or t=TIME";
        self.skip_blanks();
        let key = self.take(|c| c.is_alphanumeric() || c == '_');
        if !matches!(&self.text[key.clone()], "cohort" | "station" | "t") {
            let span = if key.is_empty() { self.word_here() } else { key };
            return Err(LineError::new(span, "this is not known here", REMEDY));
        }
        if !self.eat("=") {
            return Err(LineError::new(key.clone(), "a = is missing behind this", REMEDY));
        }
        if self.rest().starts_with('=') {
            return Err(LineError::new(self.at - 1..self.at + 1, "there is one = too many", REMEDY));
        }
        Ok(key)
    }

    /// A name in quotes, or without them as far as the next `@` or comparison.
    fn name(&mut self) -> Result<Part<String>, LineError> {
        self.skip_blanks();
        if let Some(quote) = self.rest().chars().next().filter(|c| ['"', '\''].contains(c)) {
            return self.quoted(quote);
        }
        let span = self.bare();
        if span.is_empty() {
            return Err(LineError::new(span, "a name is missing here", "write one, such as cohort=mobile"));
        }
        Ok(Part { says: self.text[span.clone()].to_owned(), span })
    }

    /// A name in quotes; a quote inside it is written twice.
    fn quoted(&mut self, quote: char) -> Result<Part<String>, LineError> {
        let start = self.at;
        let mut name = String::new();
        loop {
            self.at += 1;
            let part = self.take(|c| c != quote);
            name.push_str(&self.text[part]);
            if self.rest().is_empty() {
                let remedy = "close it; a quote inside a name is written twice";
                return Err(LineError::new(start..self.at, "this quote is never closed", remedy));
            }
            if !self.rest()[1..].starts_with(quote) {
                self.at += 1;
                return Ok(Part { says: name, span: start..self.at });
            }
            name.push(quote);
            self.at += 1;
        }
    }

    /// The text up to the next `@`, sign or standing word `in`, without the blanks at its end.
    fn bare(&mut self) -> Range<usize> {
        let start = self.at;
        let up_to_sign = self.take(|c| c != '@' && !SIGNS.contains(&c));
        let text = &self.text[up_to_sign];
        let is_in = |(i, _): &(usize, char)| {
            let word = text[*i..].trim_start();
            word.strip_prefix("in")
                .is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
        };
        let mut blanks = text.char_indices().filter(|(_, c)| c.is_whitespace());
        let end = blanks.find(is_in).map_or(text.len(), |(i, _)| i);
        self.at = start + text[..end].trim_end().len();
        start..self.at
    }

    fn time(&mut self) -> Result<Part<Span>, LineError> {
        self.skip_blanks();
        let span = self.bare();
        match Span::parse(&self.text[span.clone()]) {
            Ok(says) => Ok(Part { says, span }),
            Err(error) => {
                let message = error.to_string();
                let (problem, remedy) = message.rsplit_once(": ").unwrap_or((&message, ""));
                Err(LineError::new(span, problem, format!("{remedy} (t counts from the opening)")))
            }
        }
    }

    fn test(&mut self) -> Result<Test, LineError> {
        self.skip_blanks();
        if self.rest().is_empty() {
            return Err(LineError::new(self.at..self.at, "a comparison is missing here", COMPARISONS));
        }
        let signs = self.take(|c| SIGNS.contains(&c));
        if !signs.is_empty() {
            let operator = self.operator(signs)?;
            return Ok(Test::Compare(operator, self.amount()?));
        }
        let word = self.word_here();
        if self.take(char::is_alphabetic).is_empty() || &self.text[word.start..self.at] != "in" {
            return Err(LineError::new(word, "this is no comparison", COMPARISONS));
        }
        self.range()
    }

    fn operator(&self, span: Range<usize>) -> Result<Operator, LineError> {
        let written = &self.text[span.clone()];
        if let Some(operator) = Operator::ALL.into_iter().find(|operator| operator.sign() == written) {
            return Ok(operator);
        }
        let remedy = match written {
            "=" | "===" => "write ==",
            "=<" | "≤" => "write <=",
            "=>" | "≥" => "write >=",
            "<>" | "≠" | "!" | "!==" => "write !=",
            _ => COMPARISONS,
        };
        Err(LineError::new(span, "this is no comparison", remedy))
    }

    /// `LOW..HIGH`; one unit serves both.
    fn range(&mut self) -> Result<Test, LineError> {
        let mut low = self.amount()?;
        if !self.eat("..") {
            const REMEDY: &str = "write in LOW..HIGH, such as in 3800..4500; both ends are included";
            let no_unit = low.unit.filter(|_| !self.rest().is_empty());
            let span = no_unit.map_or_else(|| self.word_here(), |word| word.span);
            return Err(LineError::new(span, "a range has two ends with .. between them", REMEDY));
        }
        let mut high = self.amount()?;
        if low.unit.is_none() {
            low.unit.clone_from(&high.unit);
        } else if high.unit.is_none() {
            high.unit.clone_from(&low.unit);
        }
        Ok(Test::Within(low, high))
    }

    fn amount(&mut self) -> Result<Amount, LineError> {
        let number = self.number()?;
        self.skip_blanks();
        let span = self.take(|c| c.is_alphabetic() || c == '_' || c == '%');
        if span.is_empty() {
            return Ok(Amount { number, unit: None });
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
            let span = number.span.start..self.word_here().end;
            let problem = "one number and one unit are expected here";
            return Err(LineError::new(span, problem, "write 90 min instead of 1h30m, for example"));
        }
        let unit = Part { says: self.text[span.clone()].to_owned(), span };
        Ok(Amount { number, unit: Some(unit) })
    }

    /// Digits with separators, perhaps a point and decimals, perhaps an exponent.
    fn number(&mut self) -> Result<Part<Number>, LineError> {
        self.skip_blanks();
        let start = self.at;
        self.at += usize::from(self.rest().starts_with('-'));
        let whole = self.take(|c| c.is_ascii_digit() || c == '_' || c == ',');
        let digits = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        if !digits(&self.text[whole.clone()]) {
            self.at = start;
            let remedy = "write numbers as 3800, 3,800, 0.5 or -1";
            return Err(LineError::new(self.word_here(), "a number is expected here", remedy));
        }
        if self.rest().strip_prefix('.').is_some_and(digits) {
            self.at += 1;
            self.take(|c| c.is_ascii_digit());
        }
        if let Some(exponent) = self.rest().strip_prefix(['e', 'E'])
            && digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))
        {
            self.at += 2;
            self.take(|c| c.is_ascii_digit());
        }
        let span = start..self.at;
        if !well_grouped(&self.text[whole]) {
            let remedy = "group by thousands, as in 3,800 or 3_800; the point of a decimal is .";
            return Err(LineError::new(span, "the digits of this number are grouped oddly", remedy));
        }
        let written = self.text[span.clone()].replace(['_', ','], "");
        let exponent = written.split_once(['e', 'E']).map_or("0", |(_, exponent)| exponent);
        let fits = exponent.len() <= EXPONENT_MAX && written.parse().is_ok_and(f64::is_finite);
        if !fits {
            return Err(LineError::new(
                span,
                "this number is too large or too small",
                "write one that fits 64 bits",
            ));
        }
        Ok(Part { says: Number::of_digits(written), span })
    }

    /// Nothing but blanks may be left.
    fn end(&mut self) -> Result<(), LineError> {
        self.skip_blanks();
        let remedy = match self.rest().chars().next() {
            None => return Ok(()),
            Some('@') => "write it before the comparison",
            _ => "a line has one comparison: for two limits write in LOW..HIGH, or two lines",
        };
        Err(LineError::new(self.word_here(), "nothing can stand behind the comparison", remedy))
    }
}

/// Longest exponent, its sign included: far beyond what 64 bits hold.
const EXPONENT_MAX: usize = 5;

/// Separators stand between digits; commas only where thousands end, since "0,005" is meant as a decimal by some.
fn well_grouped(digits: &str) -> bool {
    let mut groups = digits.split(',');
    let first = groups.next().unwrap_or_default();
    let by_thousands = match groups.clone().next() {
        None => digits.split('_').all(|group| !group.is_empty()),
        Some(_) => !first.starts_with('0') && first.len() <= 3 && !digits.contains('_'),
    };
    by_thousands && groups.all(|group| group.len() == 3)
}
