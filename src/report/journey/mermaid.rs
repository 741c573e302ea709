//! The journey as a sequence diagram for Mermaid: who sent what to whom, and what each decided. Those who take no part
//! are not drawn.

use super::story::parting_line;
use super::{clock, phrases};
use crate::experiment::journey::{Journey, JourneyEntry, Lane, What};
use crate::protocol::{Emitter, Kind};
use crate::report::formatting::clean;
use std::fmt::Write;

/// Who takes part, in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    You,
    Gateway,
    Room,
    Services,
    Payment,
    Sale,
}

const PARTS: [(Part, &str, &str); 6] = [
    (Part::You, "You", "You"),
    (Part::Gateway, "Gateway", "Gateway"),
    (Part::Room, "Room", "Waiting room"),
    (Part::Services, "Services", "Services"),
    (Part::Payment, "Payment", "Payment"),
    (Part::Sale, "Sale", "The sale"),
];

impl Part {
    fn id(self) -> &'static str {
        PARTS[self as usize].1
    }

    const fn answering(kind: Kind) -> Part {
        match (kind, kind.answered_by()) {
            (Kind::Pay, _) => Part::Payment,
            (_, Emitter::WaitingRoom) => Part::Room,
            _ => Part::Services,
        }
    }

    const fn of(emitter: Emitter) -> Part {
        match emitter {
            Emitter::Gateway => Part::Gateway,
            Emitter::WaitingRoom => Part::Room,
            Emitter::Service => Part::Services,
            Emitter::Payment => Part::Payment,
        }
    }
}

/// The diagram, ending with a line break.
pub fn mermaid(journey: &Journey) -> String {
    let mut diagram =
        Diagram { journey, lines: String::new(), used: vec![Part::You, Part::Gateway], answered: None };
    let mut parting = journey.parting.map(|parting| parting.at_us);
    for entry in &journey.entries {
        if parting.is_some_and(|at_us| at_us / 1000 < entry.at_us / 1000) {
            diagram.part();
            parting = None;
        }
        diagram.draw(entry);
    }
    if parting.is_some() {
        diagram.part();
    }
    let mut out = String::from("sequenceDiagram\n");
    for (part, id, name) in PARTS.iter().filter(|(part, ..)| diagram.used.contains(part)) {
        let kind = if *part == Part::You { "actor" } else { "participant" };
        let _ = writeln!(out, "    {kind} {id} as {name}");
    }
    out + &diagram.lines
}

struct Diagram<'a> {
    journey: &'a Journey,
    lines: String,
    used: Vec<Part>,
    /// Who made the last answer.
    answered: Option<Part>,
}

impl Diagram<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.lines, "    {text}");
    }

    fn uses(&mut self, part: Part) -> &'static str {
        if !self.used.contains(&part) {
            self.used.push(part);
        }
        part.id()
    }

    fn note(&mut self, side: &str, part: Part, entry: &JourneyEntry, text: &str) {
        let id = self.uses(part);
        let time = clock(entry.at_us, self.journey.opens_at_us);
        self.line(&format!("Note {side} {id}: {time} {}", harmless(text)));
    }

    fn part(&mut self) {
        let words = harmless(&parting_line(self.journey));
        self.line(&format!("Note over You,Gateway: {words}"));
    }

    fn draw(&mut self, entry: &JourneyEntry) {
        match &entry.what {
            What::Asked { kind, .. } => {
                let to = if kind.is_waited_for() { "->>" } else { "-)" };
                let says = harmless(&phrases::user(&entry.what).unwrap_or_default());
                let time = clock(entry.at_us, self.journey.opens_at_us);
                self.line(&format!("You{to}Gateway: {time} {says}"));
            }
            What::Lost { kind, reply } => {
                let says =
                    harmless(phrases::backend(&entry.what).unwrap_or_default().trim_start_matches("~ "));
                let from = self.uses(Part::answering(*kind));
                let arrow = if *reply { format!("{from}--xYou") } else { "You-xGateway".to_owned() };
                self.line(&format!("{arrow}: {says}"));
            }
            What::SynDropped { .. } | What::ConnectionClosed { .. } => {
                let says =
                    harmless(phrases::backend(&entry.what).unwrap_or_default().trim_start_matches("~ "));
                self.line(&format!("Gateway--xYou: {says}"));
            }
            What::Answered { kind, by, .. } => {
                let part = if *kind == Kind::Pay { Part::answering(*kind) } else { Part::of(*by) };
                self.answered = Some(if *by == Emitter::Gateway { Part::Gateway } else { part });
            }
            What::Heard { status, readable, .. } => {
                let from = self.answered.unwrap_or(Part::Gateway);
                let id = self.uses(from);
                let says = harmless(&phrases::heard(&entry.what).unwrap_or_default());
                let behind = if *readable || *status == 0 {
                    String::new()
                } else {
                    format!(" ({status}, no CORS headers)")
                };
                self.line(&format!("{id}-->>You: {says}{behind}"));
            }
            What::Repeated { .. } => {
                let says = phrases::repeated(entry, self.journey.opens_at_us).unwrap_or_default();
                let (head, rest) = says.split_once(": ").unwrap_or((&says, ""));
                let head = harmless(head.trim_start_matches("⋮ "));
                self.line(&format!("loop {head}"));
                self.line(&format!("    You->>Gateway: {}", harmless(rest)));
                self.line("end");
            }
            What::Screen { .. } => {}
            what if entry.tab.is_none() && entry.lane == Lane::Backend => {
                if let Some(says) = phrases::backend(what) {
                    self.note("over", Part::Sale, entry, says.trim_start_matches("■ "));
                }
            }
            what if entry.lane == Lane::User => {
                if let Some(says) = phrases::user(what) {
                    self.note("over", Part::You, entry, &says);
                }
            }
            what => self.decide(entry, what),
        }
    }

    /// What the backend decided.
    fn decide(&mut self, entry: &JourneyEntry, what: &What) {
        let part = match what {
            What::Charged { .. }
            | What::CardDeclined {}
            | What::PaymentReplyLost { .. }
            | What::PaymentUnreachable {}
            | What::AtCheckout { .. }
            | What::PaymentQueued { .. } => Part::Payment,
            What::Enqueued {}
            | What::Placed { .. }
            | What::Skipped {}
            | What::TurnIssued { .. }
            | What::Entered {}
            | What::NoShow {}
            | What::Reverified { .. }
            | What::SetApart { .. }
            | What::Restored {}
            | What::CalledBack { .. }
            | What::Befell { .. }
            | What::Decided { .. }
            | What::Silenced { .. }
            | What::MessageLost { .. }
            | What::Forgotten {}
            | What::DroppedInside {} => Part::Room,
            What::Aborted { .. } | What::CutOff { .. } => Part::Gateway,
            _ => Part::Services,
        };
        if let Some(says) = phrases::backend(what) {
            self.note("over", part, entry, &says);
        }
    }
}

/// A text without what Mermaid takes for its own: semicolons end a statement, a number sign begins an entity, and `end`
/// by itself closes a block.
fn harmless(text: &str) -> String {
    let text: String = clean(text)
        .chars()
        .map(|c| match c {
            ';' => ',',
            '#' => '№',
            '%' => '٪',
            '<' | '{' | '[' => '(',
            '>' | '}' | ']' => ')',
            c => c,
        })
        .collect();
    let word =
        |word: &str| if word.eq_ignore_ascii_case("end") { format!("“{word}”") } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<String>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_taken_for_an_instruction() {
        assert_eq!(harmless("a; b # c %% <d> end"), "a, b № c ٪٪ (d) “end”");
        assert_eq!(harmless("when the evening ends"), "when the evening ends");
        assert_eq!(harmless("a\n click b\u{202e}"), "a? click b?");
    }
}
