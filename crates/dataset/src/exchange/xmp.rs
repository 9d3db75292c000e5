//! Sidecars beside photos, never in them: keywords that Lightroom, digiKam, darktable and camtrapR read, and a region
//! for each animal.
//!
//! `IMG_1.jpg` gets `IMG_1.jpg.xmp`. A sidecar that is there already is somebody's work: it stays as it is, and that is
//! told. Keywords: `Individual|Luna`, `Species|lynx_lynx`, `Side|left`, `Body part|flank`, `Quality|good` as
//! `lr:hierarchicalSubject` and, with `/`, as `digiKam:TagsList`; their last words as `dc:subject`. An animal that a model
//! alone names is `Individual unconfirmed|Luna`, and no `dc:subject`.
//!
//! Regions (`mwg-rs`, of the Metadata Working Group's guidelines 2.0) have their middle and their size as shares of the
//! picture *as the file stores it*, before its EXIF orientation: so digiKam writes and Immich reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use resight_core::PixelBox;
use resight_imaging::Orientation;

use super::going::{Going, Prepared};
use super::megadetector::shares;
use super::written::{ExchangeError, NoteKind, Sidecar, Written};
use super::xml::escaped;
use super::{Sensitive, Standing};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Individuals, "lr:hierarchicalSubject, digiKam:TagsList, dc:subject, mwg-rs:Name"),
    (Sensitive::Unconfirmed, "lr:hierarchicalSubject and digiKam:TagsList, as `Individual unconfirmed`"),
];

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let mut photos: BTreeMap<&PathBuf, Vec<&Going>> = BTreeMap::new();
    for row in &prepared.rows {
        photos.entry(&row.source).or_default().push(row);
    }
    for (photo, rows) in photos {
        let mut name = photo.file_name().unwrap_or_default().to_owned();
        name.push(".xmp");
        let path = photo.with_file_name(name);
        // A link that leads nowhere is there too.
        if path.symlink_metadata().is_ok() {
            written.note(NoteKind::SidecarThere, rows[0].annotation.to_string());
            continue;
        }
        written.sidecars.push(Sidecar { path, bytes: sidecar(&rows).into_bytes() });
    }
    Ok(())
}

/// Keywords from the root to the leaf.
fn keywords(rows: &[&Going]) -> BTreeSet<[String; 2]> {
    let mut keywords = BTreeSet::new();
    let mut add = |root: &str, leaf: Option<String>| {
        // These marks part the levels of a keyword.
        keywords.extend(leaf.map(|leaf| [root.to_owned(), leaf.replace(['|', '/'], "-")]));
    };
    for row in rows {
        if let Some(identity) = &row.identity {
            let root = match identity.standing {
                Standing::Confirmed => "Individual",
                Standing::Unconfirmed => "Individual unconfirmed",
            };
            add(root, Some(identity.name.clone()));
        }
        add("Species", row.species.as_ref().map(ToString::to_string));
        add("Side", row.viewpoint.as_ref().map(ToString::to_string));
        add("Body part", row.body_part.as_ref().map(ToString::to_string));
        add("Quality", row.quality.map(|quality| quality.to_string()));
    }
    keywords
}

fn sidecar(rows: &[&Going]) -> String {
    let keywords = keywords(rows);
    let items = |of: &dyn Fn(&[String; 2]) -> Option<String>| -> String {
        let texts: BTreeSet<String> = keywords.iter().filter_map(of).collect();
        texts.iter().map(|text| format!("     <rdf:li>{}</rdf:li>\n", escaped(text))).collect()
    };
    let plain = items(&|[root, leaf]| (root != "Individual unconfirmed").then(|| leaf.clone()));
    let lightroom = items(&|[root, leaf]| Some(format!("{root}|{leaf}")));
    let digikam = items(&|[root, leaf]| Some(format!("{root}/{leaf}")));
    let list = |element: &str, kind: &str, items: &str| match items {
        "" => String::new(),
        _ => format!("   <{element}>\n    <rdf:{kind}>\n{items}    </rdf:{kind}>\n   </{element}>\n"),
    };
    [
        HEAD,
        &list("dc:subject", "Bag", &plain),
        &list("lr:hierarchicalSubject", "Bag", &lightroom),
        &list("digiKam:TagsList", "Seq", &digikam),
        &regions(rows),
        FOOT,
    ]
    .concat()
}

const HEAD: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="resight">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
    xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"
    xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#">
"#;

const FOOT: &str = r#"  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"#;

/// The animals as regions, where the size of the photo is known and there are boxes.
fn regions(rows: &[&Going]) -> String {
    let Some(upright) = rows[0].upright_size else { return String::new() };
    let regions: String = rows.iter().filter_map(|row| region(row)).collect();
    if regions.is_empty() {
        return String::new();
    }
    let stored = rows[0].orientation.stored_size(upright);
    format!(
        "   <mwg-rs:Regions rdf:parseType=\"Resource\">\n    \
         <mwg-rs:AppliedToDimensions stDim:w=\"{}\" stDim:h=\"{}\" stDim:unit=\"pixel\"/>\n    \
         <mwg-rs:RegionList>\n     <rdf:Bag>\n{regions}     </rdf:Bag>\n    </mwg-rs:RegionList>\n   \
         </mwg-rs:Regions>\n",
        stored.width, stored.height
    )
}

fn region(row: &Going) -> Option<String> {
    let (upright, given) = (row.upright_size?, row.region?);
    let inside = PixelBox { rotation: 0.0, ..given.bounds() }.clamped(upright)?;
    let stored = stored_box(&inside, row.orientation, upright);
    let [left, top, width, height] = shares(Some(stored), Some(row.orientation.stored_size(upright)))?;
    let name = match &row.identity {
        Some(identity) if identity.standing == Standing::Confirmed => {
            format!("      <mwg-rs:Name>{}</mwg-rs:Name>\n", escaped(&identity.name))
        }
        Some(_) => "      <mwg-rs:Description>unconfirmed</mwg-rs:Description>\n".to_owned(),
        None => String::new(),
    };
    Some(format!(
        "      <rdf:li rdf:parseType=\"Resource\">\n      <mwg-rs:Type>Pet</mwg-rs:Type>\n{name}      \
         <mwg-rs:Area stArea:x=\"{:.6}\" stArea:y=\"{:.6}\" stArea:w=\"{width:.6}\" stArea:h=\"{height:.6}\" \
         stArea:unit=\"normalized\"/>\n      </rdf:li>\n",
        left + width / 2.0,
        top + height / 2.0,
    ))
}

/// A box of the upright picture in the picture as it is stored: turned back.
fn stored_box(
    upright_box: &PixelBox,
    orientation: Orientation,
    upright: resight_core::ImageSize,
) -> PixelBox {
    let back = match orientation {
        Orientation::Rotate90 => Orientation::Rotate270,
        Orientation::Rotate270 => Orientation::Rotate90,
        own_inverse => own_inverse,
    };
    back.upright_box(upright_box, upright)
}

#[cfg(test)]
mod tests {
    use resight_core::ImageSize;

    use super::*;

    #[test]
    fn a_box_is_turned_back_into_the_stored_picture() {
        let upright = ImageSize { width: 400, height: 300 };
        let seen = PixelBox::at(40.0, 30.0, 100.0, 60.0);
        for orientation in Orientation::ALL {
            let stored = stored_box(&seen, orientation, upright);
            let stored_size = orientation.stored_size(upright);
            assert_eq!(orientation.upright_box(&stored, stored_size), seen, "{orientation:?}");
        }
    }
}
