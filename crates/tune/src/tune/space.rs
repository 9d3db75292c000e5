//! What is searched: the few numbers of a recipe that decide most, each in a range around its own value.

use std::collections::BTreeMap;
use std::path::Path;

use rand::Rng;
use serde::Serialize;

use super::TuneError;
use resight_train::generator;
use resight_train::recipe::Recipe;
use resight_train::trainer::TrainError;

/// A number that may be searched: its key, the factor that its range reaches down and up from the recipe's value,
/// and the most that makes sense, where that is less.
struct Reach {
    key: &'static str,
    factor: f64,
    most: f64,
}

/// What is searched where the recipe has it.
///
/// Factors cover what published winners differ by: scales of 20 to 30 and of 64, angular margins of 0.1 to 0.7, and
/// rates of heads from that of the neck to a hundred times it. Margins stay below a quarter turn with a and c
/// together.
const REACHES: [Reach; 9] = [
    Reach { key: "loss.scale", factor: 2.0, most: f64::INFINITY },
    Reach { key: "loss.temperature", factor: 3.0, most: f64::INFINITY },
    Reach { key: "loss.margin", factor: 3.0, most: 1.2 },
    Reach { key: "loss.margin.a", factor: 3.0, most: 1.0 },
    Reach { key: "loss.margin.b", factor: 2.0, most: 2.0 },
    Reach { key: "loss.margin.c", factor: 4.0, most: 0.5 },
    Reach { key: "loss.far", factor: 2.0, most: f64::INFINITY },
    Reach { key: "optimizer.rate", factor: 8.0, most: 1.0 },
    Reach { key: "optimizer.head-factor", factor: 8.0, most: 1000.0 },
];

/// A number and where it is searched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Range {
    /// Its key in the recipe, such as `loss.scale`.
    pub key: String,
    /// What the recipe says.
    pub given: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Range {
    /// Log-uniform: a factor of two is as likely anywhere.
    fn draw(&self, random: &mut impl Rng) -> f64 {
        let share: f64 = random.random();
        let value = (self.low.ln() + share * (self.high.ln() - self.low.ln())).exp();
        readable(value).clamp(self.low, self.high)
    }
}

/// All ranges of a recipe.
#[derive(Debug, Clone)]
pub struct Space {
    table: toml::Table,
    seed: u64,
    ranges: Vec<Range>,
}

impl Space {
    /// The ranges around a recipe's values. Numbers that it has not, or that are 0, are not searched; nor is the
    /// rate of a head that is not there.
    ///
    /// # Errors
    /// When nothing is left.
    pub fn of(recipe: &Recipe) -> Result<Self, TuneError> {
        let text = recipe.to_toml().map_err(TrainError::from)?;
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| TuneError::Setting(error.to_string()))?;
        let has_head = recipe.loss.has_centers();
        let reaches = REACHES.iter().filter(|reach| has_head || reach.key != "optimizer.head-factor");
        let ranges: Vec<Range> = reaches.filter_map(|reach| range(reach, &table)).collect();
        if ranges.is_empty() {
            return Err(TuneError::Nothing);
        }
        Ok(Self { table, seed: recipe.seed, ranges })
    }

    /// The ranges.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// The values of a trial, which depend on the recipe's seed and the number alone; those of trial 0 are the
    /// recipe's own.
    pub fn values(&self, trial: u32) -> BTreeMap<String, f64> {
        let value = |(place, range): (usize, &Range)| match trial {
            0 => range.given,
            _ => range.draw(&mut generator(self.seed, "tune", &[u64::from(trial), place as u64])),
        };
        self.ranges.iter().enumerate().map(|one| (one.1.key.clone(), value(one))).collect()
    }

    /// The recipe with these values.
    ///
    /// # Errors
    /// When it makes no sense with them.
    pub fn recipe(&self, values: &BTreeMap<String, f64>) -> Result<Recipe, TuneError> {
        let mut table = self.table.clone();
        for (key, value) in values {
            put(&mut table, key, *value);
        }
        let text = toml::to_string(&table).map_err(|error| TuneError::Setting(error.to_string()))?;
        Ok(Recipe::parse(&text, Path::new("a trial")).map_err(TrainError::from)?)
    }
}

fn range(reach: &Reach, table: &toml::Table) -> Option<Range> {
    let given = number(table, reach.key).filter(|value| *value > 0.0 && value.is_finite())?;
    let high = readable((given * reach.factor).min(reach.most)).max(given);
    let near = number(table, "loss.near").filter(|_| reach.key == "loss.far").unwrap_or(0.0);
    let low = readable(given / reach.factor).min(given).max(near);
    (low < high).then(|| Range { key: reach.key.to_owned(), given, low, high })
}

fn number(table: &toml::Table, key: &str) -> Option<f64> {
    let (first, rest) = key.split_once('.').unwrap_or((key, ""));
    match table.get(first)? {
        toml::Value::Float(value) if rest.is_empty() => Some(*value),
        toml::Value::Integer(value) if rest.is_empty() => Some(*value as f64),
        toml::Value::Table(inner) if !rest.is_empty() => number(inner, rest),
        _ => None,
    }
}

fn put(table: &mut toml::Table, key: &str, value: f64) {
    match key.split_once('.') {
        None => drop(table.insert(key.to_owned(), toml::Value::Float(value))),
        Some((first, rest)) => {
            if let Some(toml::Value::Table(inner)) = table.get_mut(first) {
                put(inner, rest, value);
            }
        }
    }
}

/// Three digits: more would pretend that they mattered.
fn readable(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(text: &str) -> Recipe {
        Recipe::parse(text, Path::new("test.toml")).unwrap()
    }

    fn keys(text: &str) -> Vec<String> {
        Space::of(&recipe(text)).unwrap().ranges().iter().map(|range| range.key.clone()).collect()
    }

    #[test]
    fn each_loss_is_searched_where_it_has_numbers() {
        let law = ["loss.scale", "loss.margin.a", "loss.margin.b", "loss.margin.c"];
        let rates = ["optimizer.rate", "optimizer.head-factor"];
        assert_eq!(keys(""), [&law[..], &rates[..]].concat());
        let fixed = keys("loss = { kind = \"arcface\", margin = 0.5 }");
        assert_eq!(fixed, ["loss.scale", "loss.margin", "optimizer.rate", "optimizer.head-factor"]);
        assert_eq!(keys("loss = { kind = \"triplet\" }"), ["loss.margin", "optimizer.rate"]);
        assert_eq!(keys("loss = { kind = \"triplet\", margin = \"soft\" }"), ["optimizer.rate"]);
        assert_eq!(keys("loss = { kind = \"contrastive\" }"), ["loss.far", "optimizer.rate"]);
        assert_eq!(keys("loss = { kind = \"supcon\" }"), ["loss.temperature", "optimizer.rate"]);
        assert_eq!(keys("loss = { kind = \"softmax\" }"), rates);
    }

    #[test]
    fn trials_lie_in_their_ranges_differ_and_are_the_same_again() {
        let space = Space::of(&recipe("seed = 5")).unwrap();
        let mut seen = Vec::new();
        for trial in 1..200 {
            let values = space.values(trial);
            assert_eq!(values, space.values(trial));
            for range in space.ranges() {
                let value = values[&range.key];
                assert!((range.low..=range.high).contains(&value), "{range:?}: {value}");
            }
            let made = space.recipe(&values).unwrap();
            assert_eq!(made.loss.scale(), values.get("loss.scale").copied());
            assert_eq!(made.optimizer.rate, values["optimizer.rate"]);
            seen.push(values["loss.scale"]);
        }
        let below = seen.iter().filter(|scale| **scale < 20.96).count();
        assert!(
            (70..130).contains(&below),
            "log-uniform: as many below the recipe's value as above, not {below}"
        );
        assert_ne!(space.values(1), Space::of(&recipe("seed = 6")).unwrap().values(1));
    }

    #[test]
    fn trial_0_is_the_recipe_itself() {
        let given = recipe("loss = { kind = \"cosface\", margin = 0.35 }\noptimizer.rate = 0.00123456");
        let space = Space::of(&given).unwrap();
        assert_eq!(space.recipe(&space.values(0)).unwrap(), given);
    }

    #[test]
    fn every_margin_that_is_drawn_can_be_built() {
        let context = resight_train::loss::LossContext {
            classes: 3,
            dimension: 4,
            class_sizes: &[1, 5, 100],
            ..resight_train::loss::LossContext::default()
        };
        let losses = [
            "kind = \"arcface\"",
            "kind = \"arcface\", margin = { a = 0.9, b = 0.1, c = 0.4 }",
            "kind = \"arcface\", margin = 1.1",
            "kind = \"cosface\"",
            "kind = \"contrastive\", near = 0.6, far = 0.7",
        ];
        for loss in losses {
            let space = Space::of(&recipe(&format!("loss = {{ {loss} }}"))).unwrap();
            for trial in 0..100 {
                let made = space.recipe(&space.values(trial)).unwrap();
                assert!(made.loss.build(&context).is_ok(), "{loss}: {:?}", made.loss);
            }
        }
    }
}
