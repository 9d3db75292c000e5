//! What the first bytes of photo files say, for many files at once: no pixels are decoded.

use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use resight_core::CaptureTime;
use resight_files::open_plain;
use resight_imaging::{Limits, PhotoHeader, read_metadata};

/// Size, orientation and capture time stand near the beginning of a JPEG; this much of a file is read to find them.
const HEADER_BYTES: u64 = 256 * 1024;

/// The first bytes of every JPEG.
const JPEG_BEGINS: [u8; 2] = [0xff, 0xd8];

/// Threads that read headers: the disk is the bottleneck, not the processor.
const READERS: usize = 4;

/// Asks something of many files, some at a time; the answers are in the order of the files. Files that nobody got to
/// before `cancel` was set have none. `done` hears of each file.
pub(crate) fn of_many<T: Send>(
    paths: &[&Path],
    ask: impl Fn(&Path) -> Option<T> + Sync,
    done: &(dyn Fn() + Sync),
    cancel: &AtomicBool,
) -> Vec<Option<T>> {
    let next = AtomicUsize::new(0);
    let read_some = || {
        let mut found = Vec::new();
        while !cancel.load(Ordering::Relaxed) {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(position) else { break };
            found.push((position, ask(path)));
            done();
        }
        found
    };
    let mut answers: Vec<Option<T>> = paths.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(read_some)).collect();
        for reader in readers {
            for (position, answer) in reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
                answers[position] = answer;
            }
        }
    });
    answers
}

/// The capture time that a file states; a file that cannot be read has none.
pub(crate) fn capture_time(path: &Path) -> Option<CaptureTime> {
    let (mut bytes, rest) = head(path)?;
    if !bytes.starts_with(&JPEG_BEGINS) {
        // Other formats may keep it behind the pixels.
        read_rest(&mut bytes, rest)?;
    }
    read_metadata(&bytes).capture_time
}

/// What the header of a photo says about its pixels.
pub(crate) fn picture(path: &Path) -> Option<PhotoHeader> {
    let limits = Limits::default();
    let (mut bytes, rest) = head(path)?;
    PhotoHeader::read(&bytes, &limits).ok().or_else(|| {
        read_rest(&mut bytes, rest)?;
        PhotoHeader::read(&bytes, &limits).ok()
    })
}

/// The beginning of a plain file, and the file to read on from.
fn head(path: &Path) -> Option<(Vec<u8>, std::fs::File)> {
    let (mut file, _) = open_plain(path).ok()?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEADER_BYTES).read_to_end(&mut bytes).ok()?;
    Some((bytes, file))
}

fn read_rest(bytes: &mut Vec<u8>, file: std::fs::File) -> Option<()> {
    file.take(Limits::default().max_bytes).read_to_end(bytes).ok().map(drop)
}
