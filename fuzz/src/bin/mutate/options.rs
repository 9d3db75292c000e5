//! What the command line asks for.

/// How much is fed, and within which limits.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// One target alone.
    pub(crate) target: Option<String>,
    /// How many inputs, over all targets.
    pub(crate) executions: u64,
    /// What all inputs follow from.
    pub(crate) seed: u64,
    /// The number of the first input.
    pub(crate) first: u64,
    /// The most memory of a process, in MiB.
    pub(crate) megabytes: u64,
    /// The longest that one input may take.
    pub(crate) seconds: u64,
    /// Where a child writes down the number of the input at hand.
    pub(crate) place: Option<String>,
}

impl Options {
    /// Reads words such as `--executions 1000`.
    pub(crate) fn of(words: &[&str]) -> Result<Self, String> {
        let mut options = Self {
            target: None,
            executions: 20_000,
            seed: 1,
            first: 0,
            megabytes: 1024,
            seconds: 10,
            place: None,
        };
        for pair in words.chunks(2) {
            let [name, value] = pair else { return Err(format!("{} wants a value", pair[0])) };
            let number = || value.parse::<u64>().map_err(|_| format!("{name} wants a number, not {value}"));
            match *name {
                "--target" => options.target = Some((*value).to_owned()),
                "--place" => options.place = Some((*value).to_owned()),
                "--executions" => options.executions = number()?,
                "--seed" => options.seed = number()?,
                "--first" => options.first = number()?,
                "--megabytes" => options.megabytes = number()?,
                "--seconds" => options.seconds = number()?,
                _ => return Err(format!("there is no option {name}")),
            }
        }
        Ok(options)
    }
}
