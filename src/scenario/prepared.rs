//! A scenario that has been checked, with the plan that comes of it and the name it goes by: what every run begins
//! with. The three are made together and cannot be parted, so they cannot disagree, and the checks run once.

use super::change::{Change, Unchanged};
use super::{Diagnosis, Plan, Problem, Scenario};

/// One sale, ready to run as often as wanted.
#[derive(Clone, Debug)]
pub struct Prepared {
    scenario: Scenario,
    plan: Plan,
    name: String,
    warnings: Vec<Problem>,
}

impl Prepared {
    /// Checks a scenario for meaning and resolves it; `name` is what results call it.
    ///
    /// # Errors
    /// All problems at once, warnings included, if one of them is an error.
    pub fn new(scenario: Scenario, name: impl Into<String>) -> Result<Prepared, Vec<Problem>> {
        let (plan, warnings) = Plan::with_warnings(&scenario)?;
        Ok(Prepared { scenario, plan, name: name.into(), warnings })
    }

    /// What was written.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// What will run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the checks warn of: nothing that keeps it from running.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The same sale with these changes, under the same name; `title` is how messages call the text that comes of them.
    ///
    /// # Errors
    /// A path that leads nowhere, or every mistake of what comes of it, form and meaning.
    pub fn changed(&self, changes: &[Change], title: &str) -> Result<Prepared, Unchanged> {
        let text = self.scenario.changed_text(changes).map_err(Unchanged::NoChange)?;
        let scenario = super::parse(&text, title).map_err(Unchanged::Invalid)?;
        Prepared::new(scenario, self.name.as_str())
            .map_err(|problems| Unchanged::Invalid(Diagnosis::of_problems(title, &text, &problems)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALE: &str = r#"{
        "crowd": [{ "name": "fans", "count": 10, "arrivals": { "spike": {} } }],
        "waiting_room": {},
        "inventory": { "bands": [{ "name": "hall", "seats": 3 }] }
    }"#;

    #[test]
    fn warnings_are_kept_and_errors_refuse() {
        let scenario = Scenario::parse(SALE, "sale").unwrap();
        let prepared = Prepared::new(scenario.clone(), "sale").unwrap();
        assert_eq!(prepared.warnings(), super::super::check(&scenario));
        assert_eq!(prepared.warnings()[0].path, "waiting_room", "nothing limits this line");
        let backwards = prepared.changed(&["closes_at=1m".parse().unwrap()], "changed");
        assert!(matches!(backwards, Err(Unchanged::Invalid(_))), "{backwards:?}");
        let limited = prepared.changed(&["waiting_room.total_active=5".parse().unwrap()], "changed").unwrap();
        assert!(limited.warnings().is_empty());
        assert_eq!(limited.name(), "sale");
        assert_eq!(limited.plan().line.as_ref().unwrap().total_active, Some(5));
    }
}
