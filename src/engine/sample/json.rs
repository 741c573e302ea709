//! A distribution in JSON: a bare duration, or an object with one key. Written by hand because serde's `untagged` would answer
//! every mistake with "data did not match any variant".

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, IntoDeserializer, MapAccess};
use serde::ser::{Serialize, Serializer};

use super::{Branch, Distribution, Point, Sampler};
use crate::engine::Span;

/// The object form of [`Distribution`], from which its keys, their descriptions and its schema are derived.
#[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "TaggedDistribution")]
enum Tagged {
    /// Always the same.
    Constant(Span),
    /// Equally likely anywhere between two bounds.
    Uniform {
        /// Lower bound.
        low: Span,
        /// Upper bound, at least `low`.
        high: Span,
    },
    /// Memoryless: many short, few long.
    Exponential {
        /// Mean, above 0.
        mean: Span,
    },
    /// The sum of `shape` exponential stages: less variable than an exponential.
    Erlang {
        /// Number of stages, 1 to 1000.
        #[schemars(range(min = 1, max = 1000))]
        shape: u32,
        /// Mean of the sum, above 0.
        mean: Span,
    },
    /// One of several exponentials, each with its share: more variable than one.
    Hyperexponential {
        /// The branches; their shares sum to 1.
        branches: Vec<Branch>,
    },
    /// The logarithm is normal: latencies, think times.
    LogNormal {
        /// Half are shorter. Above 0.
        median: Span,
        /// 95 in 100 are shorter. At least `median`.
        p95: Span,
    },
    /// Patience: the rate of giving up falls (shape below 1) or rises (above 1) with time.
    Weibull {
        /// Shape, above 0; 1 is exponential. No unit.
        #[schemars(extend("exclusiveMinimum" = 0))]
        shape: f64,
        /// Scale: 63.2 % are shorter. Above 0.
        scale: Span,
    },
    /// Pareto's first kind: a power tail.
    Pareto {
        /// Tail index, above 0; the mean is finite above 1. No unit.
        #[schemars(extend("exclusiveMinimum" = 0))]
        shape: f64,
        /// The shortest there is, above 0.
        minimum: Span,
    },
    /// Straight lines between measured quantiles.
    Empirical {
        /// Quantiles, from share 0 to share 1, shares and values rising: 2 to 10,000.
        #[schemars(length(min = 2, max = 10_000))]
        points: Vec<Point>,
    },
}

/// The same variant in the other enum.
macro_rules! same {
    ($value:expr, $from:ident => $to:ident) => {
        match $value {
            $from::Constant(value) => $to::Constant(value),
            $from::Uniform { low, high } => $to::Uniform { low, high },
            $from::Exponential { mean } => $to::Exponential { mean },
            $from::Erlang { shape, mean } => $to::Erlang { shape, mean },
            $from::Hyperexponential { branches } => $to::Hyperexponential { branches },
            $from::LogNormal { median, p95 } => $to::LogNormal { median, p95 },
            $from::Weibull { shape, scale } => $to::Weibull { shape, scale },
            $from::Pareto { shape, minimum } => $to::Pareto { shape, minimum },
            $from::Empirical { points } => $to::Empirical { points },
        }
    };
}

impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.clone() {
            Self::Constant(value) => value.serialize(serializer),
            distribution => same!(distribution, Self => Tagged).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DistributionVisitor)
    }
}

struct DistributionVisitor;

impl<'de> de::Visitor<'de> for DistributionVisitor {
    type Value = Distribution;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            r#"a duration such as "250ms", or a distribution such as {"exponential": {"mean": "2s"}}"#,
        )
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Distribution, E> {
        Span::deserialize(text.into_deserializer()).map(Distribution::Constant)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Distribution, E> {
        Span::deserialize(number.into_deserializer()).map(Distribution::Constant)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Distribution, E> {
        Span::deserialize(number.into_deserializer()).map(Distribution::Constant)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Distribution, E> {
        Span::deserialize(number.into_deserializer()).map(Distribution::Constant)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Distribution, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(de::Error::custom(
                r#"a distribution is missing: write one such as {"exponential": {"mean": "2s"}}"#,
            ));
        };
        let distribution = Tagged::deserialize(OneKey { name: name.clone(), map: &mut map })?;
        if let Some(other) = map.next_key::<String>()? {
            return Err(de::Error::custom(format_args!(
                "a distribution has one key, and here are `{name}` and `{other}`: keep one"
            )));
        }
        Ok(same!(distribution, Tagged => Distribution))
    }
}

/// A map whose first key has been read, as the enum variant which that key names.
struct OneKey<A> {
    name: String,
    map: A,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for OneKey<A> {
    type Error = A::Error;

    fn deserialize_any<V: de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, A: MapAccess<'de>> de::EnumAccess<'de> for OneKey<A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: de::DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), A::Error> {
        let variant = seed.deserialize(self.name.as_str().into_deserializer())?;
        Ok((variant, self))
    }
}

impl<'de, A: MapAccess<'de>> de::VariantAccess<'de> for OneKey<A> {
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        self.map.next_value()
    }

    fn newtype_variant_seed<S: de::DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn tuple_variant<V: de::Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.struct_variant(&[], visitor)
    }

    fn struct_variant<V: de::Visitor<'de>>(
        mut self, _: &'static [&'static str], visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(Fields(visitor))
    }
}

/// Reads the fields of a variant with the visitor serde derived for it.
struct Fields<V>(V);

impl<'de, V: de::Visitor<'de>> de::DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_map(self.0)
    }
}

impl JsonSchema for Distribution {
    fn schema_name() -> Cow<'static, str> {
        "Distribution".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let constant = generator.subschema_for::<Span>();
        let tagged = Tagged::json_schema(generator);
        json_schema!({
            "description": "A distribution of durations: a bare duration (always that long), or an object with one key that names the distribution.",
            "anyOf": [constant, tagged]
        })
    }
}

impl Serialize for Sampler {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.distribution().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Sampler {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Distribution::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for Sampler {
    fn schema_name() -> Cow<'static, str> {
        Distribution::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Distribution::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `json_schema!`-style literals, the one JSON reader at hand here.
    macro_rules! read {
        ($($json:tt)+) => {
            Distribution::deserialize(&json_schema!({ "distribution": $($json)+ }).to_value()["distribution"]).map_err(|error| error.to_string())
        };
    }

    fn span(text: &str) -> Span {
        Span::parse(text).unwrap()
    }

    fn all() -> Vec<Distribution> {
        vec![
            Distribution::Constant(span("250ms")),
            Distribution::Uniform { low: span("1s"), high: span("2s") },
            Distribution::Exponential { mean: span("8s") },
            Distribution::Erlang { shape: 3, mean: span("90s") },
            Distribution::Hyperexponential {
                branches: vec![
                    Branch { share: 0.9, mean: span("1s") },
                    Branch { share: 0.1, mean: span("10s") },
                ],
            },
            Distribution::LogNormal { median: span("200ms"), p95: span("800ms") },
            Distribution::Weibull { shape: 0.7, scale: span("10m") },
            Distribution::Pareto { shape: 2.5, minimum: span("30ms") },
            Distribution::Empirical {
                points: vec![
                    Point { share: 0.0, value: span("1s") },
                    Point { share: 1.0, value: span("3s") },
                ],
            },
        ]
    }

    #[test]
    fn laws_read_as_written() {
        assert_eq!(read!("250ms"), Ok(Distribution::Constant(span("250ms"))));
        assert_eq!(read!({"constant": "250ms"}), Ok(Distribution::Constant(span("250ms"))));
        let log_normal = Distribution::LogNormal { median: span("200ms"), p95: span("800ms") };
        assert_eq!(read!({"log_normal": {"median": "200ms", "p95": "800ms"}}), Ok(log_normal));
        assert_eq!(read!({"erlang": {"shape": 3, "mean": "1m30s"}}), Ok(all()[3].clone()));
    }

    #[test]
    fn mistakes_are_named() {
        let wrong = |read: Result<Distribution, String>| read.unwrap_err();
        assert_eq!(wrong(read!(20)), r#""20" needs a unit: write "20s""#);
        assert_eq!(wrong(read!("20")), r#""20" needs a unit: write "20s""#);
        assert!(wrong(read!({})).starts_with("a distribution is missing"));
        assert!(
            wrong(read!({"gaussian": {}}))
                .starts_with("unknown variant `gaussian`, expected one of `constant`")
        );
        let twice = wrong(read!({"constant": "1s", "exponential": {"mean": "2s"}}));
        assert_eq!(twice, "a distribution has one key, and here are `constant` and `exponential`: keep one");
        assert_eq!(wrong(read!({"exponential": {}})), "missing field `mean`");
        assert_eq!(wrong(read!({"exponential": {"meen": "1s"}})), "unknown field `meen`, expected `mean`");
        assert!(wrong(read!(["1s"])).contains(r#"expected a duration such as "250ms", or a distribution"#));
        assert!(wrong(read!({"exponential": "2s"})).contains("invalid type: string"));
        assert!(wrong(read!({"erlang": {"shape": 2.5, "mean": "1s"}})).contains("expected u32"));
    }

    #[test]
    fn every_law_is_written_as_it_is_read_and_fits_its_schema() {
        let schema = SchemaGenerator::default().into_root_schema_for::<Distribution>().to_value();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for distribution in all() {
            distribution.check().unwrap();
            let written =
                SchemaGenerator::default().into_root_schema_for_value(&distribution).unwrap().to_value();
            let written = &written["examples"][0];
            assert_eq!(written.is_string(), matches!(distribution, Distribution::Constant(_)));
            assert_eq!(Distribution::deserialize(written).unwrap(), distribution);
            assert!(validator.is_valid(written), "{written}");
        }
        for wrong in
            [json_schema!({"normal": {}}), json_schema!({"exponential": {"mean": 3}}), json_schema!({})]
        {
            assert!(!validator.is_valid(&wrong.clone().to_value()), "{wrong:?}");
        }
    }
}
