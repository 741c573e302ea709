//! `none`: no line. Whoever asks is inside, and the first to reach the stock wins (tixCraft and every shop
//! without a waiting room). There is nothing to decide, so there is no policy: the plan has no line at all.

use super::{AdmissionPolicy, Build, BuildContext, Origin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Option::None
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "tixCraft; every shop without a waiting room",
            source: "ettoday.net 3116003: a captcha and a race of reloads",
            leaves_out: "the captcha",
        }
    }
}
