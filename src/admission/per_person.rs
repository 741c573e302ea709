//! `per_person`: a random place at the opening for each person, whatever they come with: fair share. Tabs, devices and
//! accounts of one person share one place, and the turn goes to whichever of them asks next; later comers queue behind
//! in order of arrival.
//!
//! It needs to know who a person is, by a document or a bank's log-in, and is what a lottery per session is measured
//! against. The order is that of `prequeue_shuffle`; what is different is by what the room knows a session again, which
//! the waiting room sees to (`model::backend::line`).

use super::prequeue_shuffle::PrequeueShuffle;
use super::{AdmissionPolicy, Build, BuildContext, Origin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(PrequeueShuffle::default()))
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "real-name sales (KKTIX), Glastonbury's registrations",
            source: "ltn.com.tw 5321577; independent.co.uk b2642175",
            leaves_out: "people who register under several names",
        }
    }
}
