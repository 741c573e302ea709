//! The same scenario under another admission policy, given by its name or as a scenario would write it.

use super::diagnose::Diagnosis;
use super::line::WaitingRoom;
use super::{Scenario, form};
use crate::admission;

/// What messages call the text of the policy.
const NAME: &str = "the policy";

impl Scenario {
    /// The names of all admission policies, as scenarios write them.
    pub fn policy_names() -> &'static [&'static str] {
        admission::Config::NAMES
    }

    /// The admission policy that was meant by a name that is none.
    pub fn policy_meant(name: &str) -> Option<&'static str> {
        let meant = form::meant(name, admission::Config::NAMES.iter().copied())?;
        admission::Config::NAMES.iter().copied().find(|known| *known == meant)
    }

    /// The same scenario under another policy: a name, with every setting at its default, or one as scenarios write
    /// it, such as `{"prequeue_shuffle": {}}`. A scenario without a waiting room gets one with every other setting at
    /// its default.
    ///
    /// # Errors
    /// The mistakes in the policy, drawn into it.
    ///
    /// # Panics
    /// Never: what is written into a scenario is in it.
    pub fn under_policy(&self, policy: &str) -> Result<Scenario, Diagnosis> {
        let written = policy.trim();
        let written =
            if written.starts_with('{') { written.to_owned() } else { format!("{{ \"{written}\": {{}} }}") };
        // A whole scenario around it, so that its mistakes are found and drawn like everybody's.
        let text = format!(
            "{{ \"crowd\": [{{ \"name\": \"a\", \"count\": 1, \"arrivals\": {{ \"spike\": {{}} }} }}],\n  \
             \"inventory\": {{ \"bands\": [{{ \"name\": \"a\", \"seats\": 1 }}] }},\n  \
             \"waiting_room\": {{ \"policy\":\n{written}\n}} }}"
        );
        let parsed = form::parse(&text, NAME)?;
        let policy = parsed.waiting_room.expect("it was written just now").policy;
        let mut scenario = self.clone();
        scenario.waiting_room.get_or_insert_with(WaitingRoom::default).policy = policy;
        Ok(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale() -> Scenario {
        let text = r#"{ "crowd": [{ "name": "a", "count": 1, "arrivals": { "spike": {} } }],
            "inventory": { "bands": [{ "name": "a", "seats": 1 }] } }"#;
        Scenario::parse(text, "test").expect("its form is right")
    }

    #[test]
    fn a_policy_is_known_by_its_name_and_by_its_settings() {
        for policy in ["prequeue_shuffle", " {\"prequeue_shuffle\": {}} "] {
            assert_eq!(sale().under_policy(policy).expect("it is one").policy_name(), "prequeue_shuffle");
        }
        for name in Scenario::policy_names() {
            assert_eq!(sale().under_policy(name).expect("it is one").policy_name(), *name);
        }
    }

    #[test]
    fn a_wrong_policy_is_drawn_with_what_was_meant() {
        let picture = sale().under_policy("{\"prequeue_shufle\": {}}").unwrap_err().picture(false);
        assert!(picture.contains("prequeue_shuffle") && picture.contains("did you mean"), "{picture}");
        assert_eq!(Scenario::policy_meant("fifoo"), Some("fifo"));
        assert_eq!(Scenario::policy_meant("first come, first served by merit"), None);
    }
}
