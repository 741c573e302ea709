//! Real waiting rooms by name: fillings of the section `waiting_room` with what their makers document, one JSON file each,
//! every key with its source.
//!
//! ```text
//! text --walk--> what is written --fill--> with the preset's keys under it --serde--> Scenario
//! ```
//!
//! A preset is resolved while a scenario is read, before defaults: a key that is written beside it replaces the preset's
//! as a whole, and one that neither has gets the default of any waiting room. From then on the scenario stands alone: with
//! every default filled in, it holds what the preset filled, and the name only says where that came from. Mistakes of what
//! is written point to it as ever, and those of what the preset filled to its name.
//!
//! To add a preset, write its file and one line below.

use super::line::WaitingRoom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! presets {
    ($($(#[$doc:meta])+ $variant:ident => $name:literal;)+) => {
        /// A real waiting room by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum Preset {
            $($(#[$doc])+ #[serde(rename = $name)] $variant,)+
        }

        impl Preset {
            /// All of them.
            pub const ALL: &'static [Preset] = &[$(Preset::$variant),+];

            /// Its name, as scenarios write it.
            pub const fn name(self) -> &'static str {
                match self { $(Preset::$variant => $name,)+ }
            }

            const fn file(self) -> &'static str {
                match self { $(Preset::$variant => include_str!(concat!($name, ".json")),)+ }
            }
        }
    };
}

presets! {
    /// First come, first served by the minute: a minute waits for its no-shows, with slots free.
    CloudflareFifo => "cloudflare-fifo";
    /// Whoever is let in is drawn among all who wait: early arrivals are in more draws.
    CloudflareRandom => "cloudflare-random";
    /// A pre-queue that is shuffled at the opening; later arrivals go behind.
    CloudflareEventShuffle => "cloudflare-event-shuffle";
    /// A pre-queue that is drawn at the opening, an outflow a minute, three redirects to the shop.
    QueueIt => "queue-it";
    /// Ten numbers each minute, whether or not their holders are there.
    AwsVwrPeriodic => "aws-vwr-periodic";
    /// A hundred inside; the slots of no-shows are lost for ever.
    AwsVwrMaxsize => "aws-vwr-maxsize";
    /// Five numbers each fifteen seconds, if somebody in line asks.
    FastlyStarter => "fastly-starter";
    /// No line: each request is let in by a percentage.
    AkamaiPercentage => "akamai-percentage";
    /// Everybody who came before the opening gets a random place; a turn lasts ten minutes.
    TicketmasterSmartQueue => "ticketmaster-smart-queue";
    /// No line: a holding page to be reloaded until it lets one in.
    Glastonbury2023 => "glastonbury-2023";
    /// Everybody on the page at the opening gets a random place; later comers go behind.
    Glastonbury2024 => "glastonbury-2024";
    /// A random place, a number shown up to 999,999, four minutes to choose and pay.
    Bookmyshow2024 => "bookmyshow-2024";
    /// No line: a race.
    Tixcraft => "tixcraft";
    /// Whoever seems a risk stands in a slow lane, or is out.
    Railway12306 => "12306";
    /// No queue until the shop is slow or fails; then a line, and a mail for whoever would rather not wait in it.
    HealthcareGov2013 => "healthcare-gov-2013";
}

/// What a preset fills.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filling {
    /// The real system.
    pub system: String,
    /// The keys of `waiting_room`, in an order that reads well.
    pub fills: Vec<Fill>,
    /// What the real system does besides, and what has no documented default.
    pub leaves_out: String,
}

/// One key that a preset fills.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The key of `waiting_room`.
    pub key: String,
    /// What is filled in.
    pub value: Value,
    /// Where that is documented.
    pub source: String,
}

impl Preset {
    /// What it fills.
    ///
    /// # Panics
    /// Never: the tests read every file.
    pub fn filling(self) -> Filling {
        serde_json::from_str(self.file()).expect("the file of a preset is a filling")
    }

    fn of(written: &Value) -> Option<Preset> {
        Preset::deserialize(written).ok()
    }
}

/// The key at which a waiting room names its preset.
pub(super) const KEY: &str = "preset";

/// Lays the preset that a document's waiting room names under what is written there.
pub(super) fn fill(document: &mut Value) {
    let Some(Value::Object(room)) = document.get_mut("waiting_room") else { return };
    let Some(preset) = room.get(KEY).and_then(Preset::of) else { return };
    for fill in preset.filling().fills {
        room.entry(fill.key).or_insert(fill.value);
    }
}

/// Whether the preset of this name fills this key.
pub(super) fn fills(name: &str, key: &str) -> bool {
    let preset = Preset::ALL.iter().find(|preset| preset.name() == name);
    preset.is_some_and(|preset| preset.filling().fills.iter().any(|fill| fill.key == key))
}

/// Puts another preset (or null) into a waiting room that has every default filled in: what the one before filled goes with
/// it, if it is still there as it was, and the other's keys take the place of whatever is there.
pub(super) fn replace(room: &mut Map<String, Value>, written: &Value) {
    if let Some(before) = room.get(KEY).and_then(Preset::of) {
        let filled = expanded(before);
        room.retain(|key, value| filled.get(key) != Some(value));
    }
    if let Some(preset) = Preset::of(written) {
        for fill in preset.filling().fills {
            room.insert(fill.key, fill.value);
        }
    }
    room.insert(KEY.to_owned(), written.clone());
}

/// What a preset fills, as a scenario with every default filled in writes it.
fn expanded(preset: Preset) -> Map<String, Value> {
    let fills = preset.filling().fills;
    let filled: Map<String, Value> = fills.iter().cloned().map(|fill| (fill.key, fill.value)).collect();
    let room: WaitingRoom = serde_json::from_value(Value::Object(filled)).expect("it is a waiting room");
    let Ok(Value::Object(mut whole)) = serde_json::to_value(&room) else {
        unreachable!("a waiting room is an object")
    };
    whole.retain(|key, _| fills.iter().any(|fill| fill.key == *key));
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Count;
    use crate::scenario::{Scenario, Severity, check};

    fn sale(room: &str) -> String {
        format!(
            r#"{{ "crowd": [{{ "name": "fans", "count": 9, "arrivals": {{ "spike": {{}} }} }}],
    "waiting_room": {{ {room} }},
    "inventory": {{ "bands": [{{ "name": "hall", "seats": 3 }}] }} }}"#
        )
    }

    fn room(written: &str) -> WaitingRoom {
        Scenario::parse(&sale(written), "sale").unwrap().waiting_room.unwrap()
    }

    #[test]
    fn every_preset_fills_keys_that_exist_each_with_a_source_and_says_what_it_leaves_out() {
        for preset in Preset::ALL {
            let Filling { system, fills, leaves_out } = preset.filling();
            assert!(!system.is_empty() && !leaves_out.is_empty());
            assert!(fills.iter().any(|fill| fill.key == "policy"), "{}", preset.name());
            for fill in &fills {
                assert!(fill.source.contains('.'), "{}: {}", preset.name(), fill.key);
            }
            assert_eq!(expanded(*preset).len(), fills.len(), "{}: no key is filled twice", preset.name());
        }
    }

    #[test]
    fn every_preset_makes_a_scenario_without_a_mistake_that_reads_again_as_itself() {
        for preset in Preset::ALL {
            let limits = match preset {
                Preset::Tixcraft => "",
                _ => r#", "total_active": 500"#,
            };
            let scenario =
                Scenario::parse(&sale(&format!(r#""preset": "{}"{limits}"#, preset.name())), "sale").unwrap();
            assert_eq!(check(&scenario), [], "{}", preset.name());
            let expanded = scenario.expanded();
            assert!(expanded.contains(&format!(r#""preset": "{}""#, preset.name())));
            assert_eq!(Scenario::parse(&expanded, "sale").unwrap(), scenario);
        }
    }

    #[test]
    fn what_is_written_wins_and_what_neither_has_is_the_default_of_any_room() {
        let aws = room(r#""preset": "aws-vwr-periodic", "poll_interval": "7s", "new_per_minute": null"#);
        assert_eq!((aws.policy.name(), aws.reissue), ("serving_counter", false));
        assert_eq!((aws.poll_interval.as_us(), aws.new_per_minute), (7_000_000, None));
        assert_eq!(aws.grace, WaitingRoom::default().grace);
        let other = room(r#""preset": "cloudflare-fifo", "policy": { "fifo": {} }"#);
        assert_eq!((other.policy.name(), other.revoke_on_purchase), ("fifo", false));
        let bare = room(r#""preset": null"#);
        assert_eq!(bare, WaitingRoom::default());
        let text = Scenario::parse(&sale(""), "sale").unwrap().expanded();
        assert!(!text.contains("\"preset\""), "a scenario without one is written as ever");
    }

    #[test]
    fn a_name_that_is_none_points_to_it_and_says_what_was_meant() {
        let text = sale(r#""preset": "cloudflare-fifi", "grace": "5m""#);
        let mistakes = Scenario::parse(&text, "sale").unwrap_err();
        let [mistake] = mistakes.mistakes() else { panic!("{mistakes}") };
        assert_eq!((mistake.line, &text[mistake.span.clone()]), (2, "\"cloudflare-fifi\""));
        assert!(mistake.remedy.contains("did you mean \"cloudflare-fifo\""), "{}", mistake.remedy);
    }

    #[test]
    fn a_mistake_of_what_is_written_points_there_and_of_what_is_filled_to_the_preset() {
        let text = sale(r#""preset": "cloudflare-fifo", "total_active": 9, "poll_intervall": "3s""#);
        let mistakes = Scenario::parse(&text, "sale").unwrap_err();
        assert_eq!(&text[mistakes.mistakes()[0].span.clone()], "\"poll_intervall\"");
        // The preset's grace of five minutes is too short for polls every ten.
        let text = sale(r#""preset": "cloudflare-fifo", "total_active": 9, "poll_interval": "10m""#);
        let problems = check(&Scenario::parse(&text, "sale").unwrap());
        let grace: Vec<_> = problems.into_iter().filter(|found| found.path == "waiting_room.grace").collect();
        assert_eq!(grace.len(), 1);
        assert_eq!(grace[0].severity, Severity::Warning);
        let pictures = crate::scenario::Diagnosis::of_problems("sale", &text, &grace);
        assert_eq!(&text[pictures.mistakes()[0].span.clone()], "\"cloudflare-fifo\"");
    }

    #[test]
    fn another_preset_takes_the_place_of_the_one_before_and_leaves_what_the_scenario_wrote() {
        let written = r#""preset": "aws-vwr-maxsize", "total_active": 7, "poll_jitter": 0.3"#;
        let scenario = Scenario::parse(&sale(written), "sale").unwrap();
        let prepared = crate::scenario::Prepared::new(scenario.clone(), "sale").unwrap();
        let changed = |to: &str| {
            let change = format!("waiting_room.preset={to}").parse().unwrap();
            prepared.changed(&[change], "sale").unwrap().scenario().waiting_room.clone().unwrap()
        };
        let queue_it = changed("queue-it");
        assert_eq!(queue_it.preset, Some(Preset::QueueIt));
        assert_eq!(
            (queue_it.total_active, queue_it.poll_jitter.get()),
            (Some(Count::of(7)), 0.3),
            "it was written"
        );
        assert_eq!(
            (queue_it.max_redirects, queue_it.reissue, &queue_it.async_join),
            (Some(Count::of(3)), true, &None)
        );
        let directly = room(r#""preset": "queue-it", "total_active": 7, "poll_jitter": 0.3"#);
        assert_eq!(queue_it, directly);
        assert_eq!(changed("null"), room(r#""total_active": 7, "poll_jitter": 0.3"#));
        assert_eq!(changed("aws-vwr-maxsize").async_join, scenario.waiting_room.as_ref().unwrap().async_join);
    }
}
