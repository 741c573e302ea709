//! Closed lists whose members have a number and a name: told once, and the rest follows from it.

/// Saves a type under its own `name()`: a string in JSON.
macro_rules! saved_by_name {
    ($($list:ty),+) => { $(
        impl serde::Serialize for $list {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl schemars::JsonSchema for $list {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "Name".into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": "A name, in snake case." })
            }
        }
    )+ };
}

/// Makes an enum of its list: `Variant = number, "name";`. `ALL`, `COUNT` and `name` follow, and it is saved under its
/// name. Numbers count from 0 without a gap; they are part of fingerprints and saved files: append, never renumber.
macro_rules! named {
    (
        $(#[$about:meta])+
        pub enum $list:ident {
            $($(#[$doc:meta])+ $variant:ident = $number:literal, $name:literal;)+
        }
    ) => {
        $(#[$about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $list {
            $($(#[$doc])+ $variant = $number,)+
        }

        impl $list {
            /// How many there are; their numbers are `0..COUNT`.
            pub const COUNT: usize = [$($name),+].len();

            /// All of them, in the order of their numbers.
            pub const ALL: [$list; $list::COUNT] = [$($list::$variant),+];

            /// The name used in scenarios, results and journeys.
            pub const fn name(self) -> &'static str {
                match self {
                    $($list::$variant => $name,)+
                }
            }
        }

        /// The list is in the order of its numbers, without a gap.
        const _: () = {
            let mut at = 0;
            while at < $list::COUNT {
                assert!($list::ALL[at] as usize == at, "the list is not in the order of its numbers");
                at += 1;
            }
        };

        saved_by_name!($list);
    };
}
