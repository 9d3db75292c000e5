//! Packets as Lightroom and digiKam write them, made for the test.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::read_source;

const LIGHTROOM: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:subject><rdf:Bag><rdf:li>Individual</rdf:li><rdf:li>Nick &amp; Co</rdf:li><rdf:li>calm sea</rdf:li></rdf:Bag></dc:subject>
<lr:hierarchicalSubject><rdf:Bag><rdf:li>Individual|Nick &amp; Co</rdf:li><rdf:li>Side|Left</rdf:li><rdf:li>Species|Tursiops truncatus</rdf:li>
<rdf:li>Quality|good</rdf:li></rdf:Bag></lr:hierarchicalSubject></rdf:Description></rdf:RDF></x:xmpmeta>"#;

const DIGIKAM: &str = r#"<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:digiKam="http://www.digikam.org/ns/1.0/"><digiKam:TagsList><rdf:Seq><rdf:li>Species/harbour seal</rdf:li></rdf:Seq></digiKam:TagsList>
<mwg-rs:Regions xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag>
<rdf:li><rdf:Description mwg-rs:Name="Ana" mwg-rs:Type="Pet"><mwg-rs:Area stArea:x="0.5" stArea:y="0.25" stArea:w="0.5" stArea:h="0.5" stArea:unit="normalized"/></rdf:Description></rdf:li>
<rdf:li rdf:parseType="Resource"><mwg-rs:Name>Ben</mwg-rs:Name><mwg-rs:Type>Pet</mwg-rs:Type><mwg-rs:Area rdf:parseType="Resource"><stArea:x>0.9</stArea:x><stArea:y>0.9</stArea:y><stArea:w>0.2</stArea:w><stArea:h>0.2</stArea:h></mwg-rs:Area></rdf:li>
<rdf:li><rdf:Description mwg-rs:Name="focus" mwg-rs:Type="Focus"><mwg-rs:Area stArea:x="0.5" stArea:y="0.5" stArea:w="0.1" stArea:h="0.1"/></rdf:Description></rdf:li>
</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"#;

fn png(path: &Path) {
    resight_imaging::RgbImage::from_pixel(40, 20, [9, 9, 9].into()).save(path).unwrap();
}

#[test]
fn keywords_in_levels_and_regions_are_labels() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["a.png", "b.png", "c.png"] {
        png(&at(name));
    }
    fs::write(at("a.xmp"), LIGHTROOM).unwrap();
    fs::write(at("b.png.xmp"), DIGIKAM).unwrap();
    let table = read_source(folder.path(), &ReadOptions::default()).unwrap();
    assert_eq!(table.kind, SourceKind::Xmp);
    let [nick, ana, ben, nobody] = &table.rows[..] else { panic!("{:?}", table.rows) };
    assert_eq!(nick.identity.as_deref(), Some("Nick & Co"));
    assert_eq!(nick.viewpoint.as_ref().unwrap().as_str(), "left");
    assert_eq!(nick.species.as_ref().unwrap().as_str(), "tursiops_truncatus");
    assert_eq!(nick.extra, ["good", "calm sea"]);
    assert_eq!((ana.identity.as_deref(), ben.identity.as_deref()), (Some("Ana"), Some("Ben")));
    let bounds = ana.boxes[0].bounds;
    assert_eq!((bounds.x, bounds.y, bounds.width, bounds.height), (10.0, 0.0, 20.0, 10.0));
    assert_eq!((nobody.identity.as_deref(), nobody.boxes.len()), (None, 0));
    assert!(table.rows.iter().all(|row| row.path.is_file()));
}

#[test]
fn a_photo_says_it_itself_and_a_broken_sidecar_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    png(&path);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(DIGIKAM.as_bytes());
    bytes.extend(b"Photoshop 3.0\08BIM\x04\x04\0\0\0\0\0\x0b\x1c\x02\x19\0\x04wavy");
    fs::write(&path, bytes).unwrap();
    fs::write(folder.path().join("a.xmp"), "<x:xmpmeta><unclosed>").unwrap();
    let options = ReadOptions { kind: Some(SourceKind::Xmp), ..ReadOptions::default() };
    let table = read_source(folder.path(), &options).unwrap();
    assert_eq!(table.rows.len(), 2);
    assert_eq!(table.rows[0].extra[1], "wavy");
    assert!(
        table.warnings.iter().any(|warning| warning.to_string().contains("no XMP")),
        "{:?}",
        table.warnings
    );
}

#[test]
fn entities_of_strangers_are_nothing_and_depth_has_an_end() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]><x><subject><li>&a;&b;&#65;</li></subject></x>";
    assert_eq!(Packet::of(bomb).unwrap().keywords, [["A"]]);
    assert_eq!(Packet::of(&"<a>".repeat(100_000)), None);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[<>/a-z:=\"&;# ]{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Packet::of(&text);
        let _ = Packet::of(&format!("<x:xmpmeta><mwg:RegionList><li {text}/></mwg:RegionList></x:xmpmeta>"));
        let _ = packet::embedded(&bytes);
        let _ = packet::iptc_keywords(&[b"Photoshop 3.0\0".as_slice(), &bytes].concat());
    }
}
