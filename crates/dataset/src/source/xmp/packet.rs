//! A packet of XMP: RDF in XML, of which keywords and regions are read. No entity but those of XML itself is known, and nothing outside
//! is asked for.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Deeper than this no packet goes.
const DEEPEST: usize = 64;

/// More keywords or regions than this no photo has.
const MOST: usize = 10_000;

/// What a packet says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Packet {
    /// Keywords, each from its first level on.
    pub(super) keywords: Vec<Vec<String>>,
    /// Regions, in shares of the picture as it is stored.
    pub(super) regions: Vec<Region>,
}

/// A region: Metadata Working Group, "Guidelines for handling image metadata", 2010.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Region {
    pub(super) name: String,
    kind: String,
    /// Middle across, middle down, width, height.
    area: [Option<f64>; 4],
    in_pixels: bool,
}

impl Region {
    /// Whether it is around an animal, as far as it says, and has a place.
    pub(super) fn is_animal(&self) -> bool {
        let kind = self.kind.to_lowercase();
        let sound = self.area.iter().flatten().filter(|number| (0.0..=1.0).contains(*number)).count() == 4;
        sound && !self.in_pixels && (kind.is_empty() || ["pet", "animal", "face"].contains(&kind.as_str()))
    }

    /// Left, top, width, height as shares.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let [x, y, width, height] = self.area.map(Option::unwrap_or_default);
        [x - width / 2.0, y - height / 2.0, width, height]
    }

    fn set(&mut self, name: &str, value: &str) {
        let place = ["x", "y", "w", "h"].iter().position(|part| *part == name);
        match (name, place) {
            ("Name", _) => value.trim().clone_into(&mut self.name),
            ("Type", _) => value.trim().clone_into(&mut self.kind),
            ("unit", _) => self.in_pixels = value.trim() == "pixel",
            (_, Some(place)) => self.area[place] = value.trim().parse().ok(),
            _ => {}
        }
    }
}

/// The lists that keywords stand in, by their names without what is before the colon, and what parts the levels.
const LISTS: [(&str, Option<char>); 3] =
    [("hierarchicalSubject", Some('|')), ("TagsList", Some('/')), ("subject", None)];

impl Packet {
    /// Reads a packet; none where it is no XML, or goes too deep.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
        let mut packet = Self::default();
        let mut above: Vec<String> = Vec::new();
        let mut words = String::new();
        loop {
            match reader.read_event().ok()? {
                Event::Eof => break,
                Event::Start(start) => {
                    words.clear();
                    let name = packet.open(&start, &above)?;
                    above.push(name);
                    if above.len() > DEEPEST {
                        return None;
                    }
                }
                Event::Empty(start) => drop(packet.open(&start, &above)?),
                Event::Text(text) => words.push_str(&text.xml10_content()),
                Event::CData(text) => words.push_str(&text.into_inner()),
                Event::GeneralRef(reference) => words.push_str(&resolved(&reference)),
                Event::End(_) => {
                    let name = above.pop()?;
                    packet.close(&name, &above, words.trim());
                    words.clear();
                }
                _ => {}
            }
        }
        above.is_empty().then_some(packet)
    }

    /// Whether it says more than flat keywords.
    pub(super) fn says_who(&self) -> bool {
        self.keywords.iter().any(|keyword| keyword.len() > 1) || !self.regions.is_empty()
    }

    /// An element begins; its name without what is before the colon. None where there are too many of something.
    fn open(&mut self, start: &BytesStart<'_>, above: &[String]) -> Option<String> {
        let name = local(start.name().as_ref()).to_owned();
        let in_regions = above.iter().any(|name| name == "RegionList");
        if in_regions && name == "li" {
            self.regions.push(Region::default());
        }
        if let Some(region) = self.regions.last_mut().filter(|_| in_regions) {
            for attribute in start.attributes().flatten() {
                let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).ok()?;
                region.set(local(attribute.key.as_ref()), &value);
            }
        }
        (self.regions.len() <= MOST && self.keywords.len() <= MOST).then_some(name)
    }

    /// An element ends, with the text in it.
    fn close(&mut self, name: &str, above: &[String], text: &str) {
        if above.iter().any(|name| name == "RegionList") {
            if let Some(region) = self.regions.last_mut().filter(|_| !text.is_empty()) {
                region.set(name, text);
            }
            return;
        }
        let list = LISTS.iter().find(|(list, _)| above.iter().any(|name| name == list));
        if let Some((_, parted_by)) = list.filter(|_| name == "li" && !text.is_empty()) {
            let levels = match parted_by {
                Some(mark) => text.split(*mark).map(|level| level.trim().to_owned()).collect(),
                None => vec![text.to_owned()],
            };
            self.keywords.push(levels);
        }
    }
}

/// A name without what is before the colon.
fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// What XML itself knows by name or number; nothing for anything else.
fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return letter.to_string();
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default().to_owned()
}

/// The packet in the bytes of a photo.
pub(super) fn embedded(bytes: &[u8]) -> Option<String> {
    let start = find(bytes, b"<x:xmpmeta")?;
    let length = find(&bytes[start..], b"</x:xmpmeta>")? + b"</x:xmpmeta>".len();
    Some(String::from_utf8_lossy(&bytes[start..start + length]).into_owned())
}

/// Keywords of IPTC (record 2, data set 25) in the bytes of a photo.
pub(super) fn iptc_keywords(bytes: &[u8]) -> Vec<String> {
    let Some(start) = find(bytes, b"Photoshop 3.0\0") else { return Vec::new() };
    // A segment of a JPEG has 64 KiB at most.
    let block = &bytes[start..bytes.len().min(start + (1 << 16))];
    let mut words = Vec::new();
    let mut rest = block;
    while let Some(at) = find(rest, &[0x1c, 0x02, 0x19]) {
        rest = &rest[at + 3..];
        let Some((length, after)) = rest.split_first_chunk::<2>() else { break };
        let length = usize::from(u16::from_be_bytes(*length));
        let Some(word) = after.get(..length).filter(|_| length <= 256) else { continue };
        words.push(String::from_utf8_lossy(word).trim().to_owned());
        rest = &after[length..];
    }
    words.retain(|word| !word.is_empty());
    words
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}
