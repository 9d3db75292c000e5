//! From crops, as numbers, to local features.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use half::f16;
use resight_compare::{PackedFeatures, Room, Rule, Shown, outline, sift, xfeat};
use resight_core::BundleId;

use crate::bundle::{Bundle, Manifest, Purpose};
use crate::embed::{Embedder, check_batch, failed};
use crate::runtime::{ModelError, Network, Output, RuntimeChoice, load_network};

/// Numbers of a descriptor, of every kind.
const DIM: usize = 64;

/// Sides of a cell of the network's maps, in pixels.
const CELL: usize = 8;

/// Keypoints so near to the edge of what is shown of the photo are those of the edge.
const EDGE: f32 = 4.0;

/// What the rows of a bundle of local features are like, and when two of their keypoints are one.
#[derive(Debug, Clone)]
pub struct LocalForm {
    bundle: BundleId,
    room: Room,
    rule: Rule,
}

impl LocalForm {
    /// The form that a bundle says its rows have.
    ///
    /// # Errors
    /// When the bundle has another purpose, or a form that is not known.
    pub fn of(bundle: &Bundle) -> Result<Self, ModelError> {
        bundle.expect_purpose(Purpose::LocalFeatures)?;
        let manifest = bundle.manifest();
        let unknown = |expected: &str, found: String| ModelError::Shape {
            bundle: bundle.id().to_string(),
            expected: expected.to_owned(),
            found,
        };
        let room = room_of(manifest.dimension)
            .ok_or_else(|| unknown("rows of features", format!("{} numbers", manifest.dimension)))?;
        let rule = manifest.comparison.ok_or_else(|| unknown("a rule of comparison", "none".to_owned()))?;
        Ok(Self { bundle: bundle.id().clone(), room, rule })
    }

    /// The bundle.
    pub fn bundle(&self) -> &BundleId {
        &self.bundle
    }

    /// The room of a row.
    pub fn room(&self) -> Room {
        self.room
    }

    /// When keypoints of two crops match and fit together.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// A row where it lies; none where it is no such row.
    pub fn packed<'a>(&self, row: &'a [f16]) -> Option<PackedFeatures<'a>> {
        self.room.read(bytemuck::cast_slice(row)).ok()
    }
}

/// How features are read from what the network gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// From the maps of XFeat.
    XFeat,
    /// From gray values.
    RootSift,
    /// From a mask, and the colours that the network saw.
    Outline,
}

impl Kind {
    /// The kind whose outputs these are; none where they are of no kind that is known.
    fn of(outputs: &[&str]) -> Option<Self> {
        match outputs {
            ["descriptors", "heatmap", "reliability"] => Some(Self::XFeat),
            ["gray"] => Some(Self::RootSift),
            ["mask"] => Some(Self::Outline),
            _ => None,
        }
    }
}

/// Reads local features of crops with the network of a bundle. They come as rows of numbers, as embeddings do, for what
/// keeps and moves rows need not know what they mean: every number is two bytes of [`resight_compare::PackedFeatures`].
pub struct LocalFeatures {
    form: LocalForm,
    manifest: Manifest,
    kind: Kind,
    network: Box<dyn Network>,
    /// How many threads may work at once.
    threads: NonZero<usize>,
}

impl LocalFeatures {
    /// Loads the network of a bundle of local features.
    ///
    /// `threads` is how many threads may work at once, in the network at one crop, behind it at one each; 0 counts as 1.
    ///
    /// # Errors
    /// When the bundle has another purpose or a form that is not known, the runtime asked for is not there, or no runtime
    /// takes the network.
    pub fn load(bundle: &Bundle, choice: RuntimeChoice, threads: usize) -> Result<Self, ModelError> {
        let form = LocalForm::of(bundle)?;
        let manifest = bundle.manifest().clone();
        let outputs: Vec<&str> = manifest.outputs().collect();
        let kind = Kind::of(&outputs).ok_or_else(|| ModelError::Shape {
            bundle: bundle.id().to_string(),
            expected: "the outputs descriptors, heatmap, reliability, or gray, or mask".to_owned(),
            found: outputs.join(", "),
        })?;
        if form.rule.either_side && kind != Kind::Outline {
            return Err(ModelError::Shape {
                bundle: bundle.id().to_string(),
                expected: "outlines where `either_side` is set: no other descriptors read backwards"
                    .to_owned(),
                found: outputs.join(", "),
            });
        }
        let network = load_network(bundle, choice, threads)?;
        let threads = NonZero::new(threads).unwrap_or(NonZero::<usize>::MIN);
        Ok(Self { form, manifest, kind, network, threads })
    }

    /// What its rows are like.
    pub fn form(&self) -> &LocalForm {
        &self.form
    }

    /// The colours of an input, red, green and blue, 0 to 1: as they were before they were normalised.
    fn colours_of(&self, input: &[f32]) -> [Vec<f32>; 3] {
        let preprocess = &self.manifest.preprocess;
        let plane = input.len() / 3;
        std::array::from_fn(|colour| {
            let (mean, deviation) = (preprocess.mean[colour], preprocess.deviation[colour]);
            let values = &input[colour * plane..(colour + 1) * plane];
            values.iter().map(|value| value * deviation + mean).collect()
        })
    }

    fn rows(&self, batch: &[f32], outputs: &[Output], n: usize) -> Result<Vec<f32>, String> {
        let (width, height) =
            (self.manifest.preprocess.width as usize, self.manifest.preprocess.height as usize);
        let cells = (width / CELL) * (height / CELL);
        let lengths: &[usize] = match self.kind {
            Kind::XFeat => &[DIM * cells, width * height, cells],
            Kind::RootSift | Kind::Outline => &[width * height],
        };
        if outputs.len() != lengths.len() {
            return Err("outputs are missing".to_owned());
        }
        for (output, length) in outputs.iter().zip(lengths) {
            if output.values.len() != n * length {
                return Err(format!("the output `{}` has the shape {:?}", output.name, output.shape));
            }
        }
        let row_of = |finder: &mut sift::Finder, at: usize, row: &mut [f32]| -> Result<(), String> {
            let input = &batch[at * 3 * width * height..(at + 1) * 3 * width * height];
            let shown = shown_of(input, width, height);
            let of_crop =
                |output: usize| &outputs[output].values[at * lengths[output]..(at + 1) * lengths[output]];
            let most = self.form.room.keypoints();
            let features = match self.kind {
                Kind::XFeat => {
                    let (descriptors, heatmap, reliability) = (of_crop(0), of_crop(1), of_crop(2));
                    let maps = xfeat::Maps { width, height, dim: DIM, descriptors, heatmap, reliability };
                    xfeat::features_of(&maps, &shown, most)
                }
                Kind::RootSift => {
                    let plane = sift::Plane::new(width, height, of_crop(0)).ok_or("no gray values")?;
                    finder.features_of(plane, |x, y| shown.holds(x, y), most)
                }
                Kind::Outline => {
                    let colours = self.colours_of(input);
                    let colours = [0, 1, 2].map(|colour| &colours[colour][..]);
                    let picture = outline::Picture { width, height, colours, mask: of_crop(0) };
                    outline::features_of(&picture, &shown, most)
                }
            };
            for (number, value) in row.iter_mut().zip(numbers_of(&self.form.room.pack(&features))) {
                *number = value;
            }
            Ok(())
        };
        let mut rows = vec![0.0; n * self.manifest.dimension];
        each_row(rows.chunks_exact_mut(self.manifest.dimension), self.threads, row_of)?;
        Ok(rows)
    }
}

/// Fills rows, several at once. Each is the work of one thread, so the answer is the same for any number of them. What a
/// thread works with it keeps from one row to the next.
fn each_row<'a, W: Default, E: Send>(
    rows: impl ExactSizeIterator<Item = &'a mut [f32]> + Send,
    threads: NonZero<usize>,
    fill: impl Fn(&mut W, usize, &mut [f32]) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let threads = threads.get().min(rows.len());
    let rows = Mutex::new(rows.enumerate());
    let next = || rows.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut with = W::default();
        std::iter::from_fn(next).try_for_each(|(at, row)| fill(&mut with, at, row))
    };
    std::thread::scope(|scope| {
        // This thread works too.
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().fold(own, |sum, other| {
            sum.and(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    })
}

impl Embedder for LocalFeatures {
    fn bundle_id(&self) -> &BundleId {
        &self.form.bundle
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn embed(&self, batch: &[f32], n: usize) -> Result<Vec<f32>, ModelError> {
        check_batch(&self.form.bundle, &self.manifest, batch, n)?;
        if n == 0 {
            return Ok(Vec::new());
        }
        let outputs = self.network.run(batch, n);
        let rows = outputs.and_then(|outputs| self.rows(batch, &outputs, n));
        rows.map_err(|reason| failed(&self.form.bundle, &*self.network, reason))
    }

    fn runtime(&self) -> &str {
        self.network.runtime()
    }
}

/// The room of a row of so many numbers; none where no row has that many.
pub(crate) fn room_of(numbers: usize) -> Option<Room> {
    let keypoints = (2 * numbers).checked_sub(4)? / (4 + DIM);
    Room::new(keypoints, DIM).filter(|room| room.bytes() == 2 * numbers)
}

/// The bytes of packed features as numbers of half precision, two bytes each: all of them finite.
fn numbers_of(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.chunks_exact(2).map(|pair| f16::from_le_bytes([pair[0], pair[1]]).to_f32())
}

/// The part of an input that shows the photo: without the bars of one colour that bring it to the network's proportions,
/// and without its own edge where there are any.
fn shown_of(input: &[f32], width: usize, height: usize) -> Shown {
    let plane = width * height;
    let bar = [input[0], input[plane], input[2 * plane]];
    let is_bar =
        |at: usize| (0..3).all(|colour| input[colour * plane + at].to_bits() == bar[colour].to_bits());
    let row = |y: usize| (0..width).all(|x| is_bar(y * width + x));
    let column = |x: usize| (0..height).all(|y| is_bar(y * width + x));
    let top = (0..height).take_while(|y| row(*y)).count();
    if top == height {
        // All of one colour: nothing is to be seen, and nothing will be found.
        return Shown { left: 0.0, top: 0.0, right: 0.0, bottom: 0.0 };
    }
    let bottom = (0..height).rev().take_while(|y| row(*y)).count();
    let left = (0..width).take_while(|x| column(*x)).count();
    let right = (0..width).rev().take_while(|x| column(*x)).count();
    #[expect(clippy::cast_precision_loss, reason = "pixels of a network's input")]
    let from = |bar: usize| if bar == 0 { 0.0 } else { bar as f32 + EDGE };
    #[expect(clippy::cast_precision_loss, reason = "pixels of a network's input")]
    let to = |side: usize, bar: usize| side as f32 - 1.0 - from(bar);
    Shown { left: from(left), top: from(top), right: to(width, right), bottom: to(height, bottom) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_read_from_lengths() {
        let room = Room::new(400, DIM).unwrap();
        assert_eq!(room_of(room.bytes() / 2), Some(room));
        assert_eq!(room_of(room.bytes() / 2 + 1), None);
        assert_eq!(room_of(1), None);
    }

    #[test]
    fn rows_are_each_filled_once_by_any_number_of_threads() {
        for threads in [1, 3, 20] {
            let mut rows = vec![0.0; 2 * 9];
            let fill = |before: &mut Option<usize>, at: usize, row: &mut [f32]| {
                assert!(before.replace(at) < Some(at), "in their order");
                row.iter_mut().for_each(|number| *number += at as f32 + 1.0);
                if at == 7 && threads == 20 { Err("the seventh") } else { Ok(()) }
            };
            let done = each_row(rows.chunks_exact_mut(2), NonZero::new(threads).unwrap(), fill);
            assert_eq!(done.is_err(), threads == 20);
            if threads < 20 {
                assert!(rows.iter().zip(0..).all(|(number, at)| *number == (at / 2 + 1) as f32), "{rows:?}");
            }
        }
    }

    #[test]
    fn bars_are_not_shown() {
        let (width, height) = (40, 20);
        let mut input = vec![0.5; 3 * width * height];
        for colour in 0..3 {
            for y in 5..15 {
                for x in 0..width {
                    input[colour * width * height + y * width + x] = 0.1 + x as f32 / 100.0;
                }
            }
        }
        let shown = shown_of(&input, width, height);
        assert_eq!(shown, Shown { left: 0.0, top: 9.0, right: 39.0, bottom: 10.0 });
        let nothing = shown_of(&vec![0.5; 3 * width * height], width, height);
        assert_eq!((nothing.right, nothing.bottom), (0.0, 0.0));
    }
}
