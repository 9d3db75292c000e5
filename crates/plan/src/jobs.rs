//! A plan as pieces of work: each can be done by itself, on any machine that sees the folder.

use serde::Serialize;

use crate::measured::Network;
use crate::plan::{ONE_FOR_ALL, Plan, Wanted};

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Its name, also that of its folder.
    pub name: String,
    /// What is to be done.
    #[serde(flatten)]
    pub task: Task,
    /// Names of the jobs that must be done before.
    pub after: Vec<String>,
    /// Jobs of a wave need nothing but jobs of earlier ones; from 1.
    pub wave: usize,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum Task {
    /// A network for all animals.
    TrainForAll,
    /// A network for one slot.
    Train {
        /// Name of the slot.
        slot: String,
        /// Which one.
        network: Network,
    },
    /// Every network of a slot is asked the same questions.
    Measure {
        /// Name of the slot.
        slot: String,
        /// The networks, with the job that makes each; none for the one that is there.
        networks: Vec<(Network, Option<String>)>,
    },
}

/// The jobs of a plan, in an order in which they can be done one after the other.
pub fn jobs(plan: &Plan) -> Vec<Job> {
    let mut jobs = Vec::new();
    let for_all = plan.networks.one_for_all.then(|| ONE_FOR_ALL.to_owned());
    if let Some(name) = &for_all {
        jobs.push(Job { name: name.clone(), task: Task::TrainForAll, after: Vec::new(), wave: 1 });
    }
    let mut measures = Vec::new();
    for slot in plan.slots.iter().filter(|slot| slot.network != Wanted::None) {
        let network = match slot.network {
            Wanted::Own => Some(Network::Own),
            Wanted::Head => Some(Network::Head),
            Wanted::Shared | Wanted::None => None,
        };
        let own = network.map(|network| (network, format!("{}-{network}", slot.name)));
        if let Some((network, name)) = &own {
            let after: Vec<String> = for_all.iter().filter(|_| *network == Network::Head).cloned().collect();
            jobs.push(Job {
                name: name.clone(),
                task: Task::Train { slot: slot.name.clone(), network: *network },
                wave: after.len() + 1,
                after,
            });
        }
        let networks = std::iter::once((Network::Base, None))
            .chain(for_all.iter().map(|name| (Network::ForAll, Some(name.clone()))))
            .chain(own.map(|(network, name)| (network, Some(name))))
            .collect::<Vec<_>>();
        let after = networks.iter().filter_map(|(_, job)| job.clone()).collect();
        let task = Task::Measure { slot: slot.name.clone(), networks };
        measures.push(Job { name: format!("{}-measured", slot.name), task, after, wave: 3 });
    }
    jobs.sort_by_key(|job| job.wave);
    // A measurement is of the wave after the last that it waits for.
    for mut job in measures {
        let waits_for = jobs.iter().filter(|one| job.after.contains(&one.name)).map(|one| one.wave);
        job.wave = waits_for.max().unwrap_or(0) + 1;
        jobs.push(job);
    }
    jobs.sort_by_key(|job| job.wave);
    jobs
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::tests::plan_of;

    #[test]
    fn whatever_a_job_needs_is_done_in_an_earlier_wave() {
        let wanted =
            [("seal", Wanted::Own), ("cow", Wanted::Head), ("whale", Wanted::Shared), ("owl", Wanted::None)];
        let mut plan = plan_of(&wanted);
        let found = jobs(&plan);
        let names: Vec<&str> = found.iter().map(|job| job.name.as_str()).collect();
        assert_eq!(
            names,
            ["one-for-all", "seal-own", "cow-head", "seal-measured", "whale-measured", "cow-measured"]
        );
        let mut done = BTreeSet::new();
        for job in &found {
            assert!(job.after.iter().all(|name| done.contains(name)), "{job:?}");
            let before = found.iter().filter(|one| job.after.contains(&one.name));
            assert!(before.clone().all(|one| one.wave < job.wave), "{job:?}");
            done.insert(job.name.clone());
        }
        plan.networks.one_for_all = false;
        plan.slots.retain(|slot| slot.network != Wanted::Head);
        let waves: Vec<(String, usize)> = jobs(&plan).into_iter().map(|job| (job.name, job.wave)).collect();
        let expected = [("seal-own", 1), ("whale-measured", 1), ("seal-measured", 2)];
        assert_eq!(waves, expected.map(|(name, wave)| (name.to_owned(), wave)));
    }
}
