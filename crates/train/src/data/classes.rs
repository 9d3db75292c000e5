//! What a loss separates: individuals, or what the recipe makes of them.

use std::collections::BTreeMap;

use super::TrainingData;
use crate::recipe::ClassesRecipe;
use crate::view::FlipPolicy;

/// One thing to learn from: a training annotation, perhaps mirrored, with its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Place of the annotation in [`TrainingData::annotations`].
    pub annotation: u32,
    /// Whether its photo is mirrored, as another animal would look.
    pub mirrored: bool,
    /// Its class.
    pub class: u32,
}

/// The samples of a run and their classes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes {
    /// All samples, in the order of the annotations; mirrored ones follow the others.
    pub samples: Vec<Sample>,
    /// How many samples each class has.
    pub sizes: Vec<u32>,
    /// The species of each class, where all its samples agree.
    pub species: Vec<Option<u32>>,
    /// The individual of each class.
    pub individuals: Vec<u32>,
}

impl Classes {
    /// The classes of the training annotations. With `twins`, each mirrored photo is a sample of another class.
    pub fn of(data: &TrainingData, recipe: &ClassesRecipe, twins: bool) -> Self {
        let key = |place: &u32| {
            let annotation = &data.annotations[*place as usize];
            let viewpoint = if recipe.by_viewpoint { annotation.viewpoint } else { None };
            (annotation.individual, viewpoint)
        };
        let mut counts: BTreeMap<(u32, Option<u32>), u32> = BTreeMap::new();
        for place in &data.train {
            *counts.entry(key(place)).or_default() += 1;
        }
        counts.retain(|_, count| *count >= recipe.least_photos.0);
        let numbers: BTreeMap<_, u32> = counts.keys().zip(0..).map(|(key, number)| (*key, number)).collect();
        let n_classes = numbers.len() as u32;
        let kept = data.train.iter().filter_map(|place| Some((*place, *numbers.get(&key(place))?)));
        let mut samples: Vec<Sample> =
            kept.map(|(annotation, class)| Sample { annotation, mirrored: false, class }).collect();
        let mut individuals: Vec<u32> = counts.keys().map(|(individual, _)| *individual).collect();
        if twins {
            let twin = |class: u32| FlipPolicy::MirroredTwin.class_of(class, 1, n_classes);
            let mirrored = |sample: &Sample| Sample { mirrored: true, class: twin(sample.class), ..*sample };
            let twins: Vec<Sample> = samples.iter().map(mirrored).collect();
            samples.extend(twins);
            individuals.extend(individuals.clone());
        }
        Self::counted(samples, individuals, data)
    }

    fn counted(samples: Vec<Sample>, individuals: Vec<u32>, data: &TrainingData) -> Self {
        let mut sizes = vec![0; individuals.len()];
        let mut species: Vec<Option<Option<u32>>> = vec![None; individuals.len()];
        for sample in &samples {
            let class = sample.class as usize;
            sizes[class] += 1;
            let found = data.annotations[sample.annotation as usize].species;
            species[class] = match species[class] {
                Some(known) if known != found => Some(None),
                _ => Some(found),
            };
        }
        let species = species.into_iter().map(Option::flatten).collect();
        Self { samples, sizes, species, individuals }
    }

    /// How many classes.
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// How many classes have one sample, two, three, …
    pub fn size_counts(&self) -> Vec<u32> {
        let largest = self.sizes.iter().max().copied().unwrap_or(0) as usize;
        let mut counts = vec![0; largest];
        for size in self.sizes.iter().filter(|size| **size > 0) {
            counts[*size as usize - 1] += 1;
        }
        counts
    }
}
