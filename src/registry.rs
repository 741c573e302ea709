//! The one shape of a room of policies: an enum over the settings of each, named as scenarios write them.
//!
//! A room lists its policies, one line each; scenario key, schema and listing follow. What a room asks of the settings
//! of a policy is its own trait `Build`, so the rooms differ only in what they build.

/// Makes a room's `Config`: one variant for each policy, with that policy's own `Config` inside.
macro_rules! registry {
    (
        $(#[$about:meta])+ $config:ident:
        $($(#[$doc:meta])+ $variant:ident => $module:ident, $name:literal;)+
    ) => {
        $(#[$about])+
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $config {
            $($(#[$doc])+ $variant($module::Config),)+
        }

        impl $config {
            /// The names of all of them, as scenarios write them.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The name of this one, as scenarios write it.
            pub const fn name(&self) -> &'static str {
                match self { $($config::$variant(_) => $name,)+ }
            }

            /// The settings of this one, as what they can build.
            fn factory(&self) -> &dyn Build {
                match self { $($config::$variant(config) => config,)+ }
            }
        }
    };
}
