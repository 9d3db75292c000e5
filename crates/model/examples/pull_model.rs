//! Gets models by name into the model store and shows every step, as `resight models pull` does.
//!
//! ```text
//! cargo run -p resight-model --example pull_model -- efficientnet-lite0 u2netp onnxruntime
//! ```

#![allow(clippy::print_stdout, reason = "an example is a program of its own")]

use resight_model::store::{PullSource, Store, StoreError};

fn main() -> Result<(), StoreError> {
    let store = Store::open_default()?;
    for name in std::env::args().skip(1) {
        let installed =
            store.pull(&name, &PullSource::Registry, &mut |event| println!("{name}: {event:?}"))?;
        println!("{name}: {} bytes at {}", installed.bytes, installed.path.display());
    }
    for verified in store.verify() {
        let state = verified.problem.map_or_else(|| "in order".to_owned(), |problem| problem.to_string());
        println!("{}: {state}", verified.path.display());
    }
    Ok(())
}
