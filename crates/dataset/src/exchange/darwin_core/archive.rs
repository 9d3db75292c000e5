//! What makes a table a Darwin Core Archive: the meanings of its columns, and a description in EML.

use super::super::About;
use super::super::xml::escaped;

/// Where Darwin Core's terms are.
const TERMS: &str = "http://rs.tdwg.org/dwc/terms/";

/// `meta.xml`: the first column is the id, and each column is a term of its own name.
pub(super) fn meanings(columns: &[&str]) -> String {
    let fields: String = (0..)
        .zip(columns)
        .map(|(index, name): (usize, _)| format!("  <field index=\"{index}\" term=\"{TERMS}{name}\"/>\n"))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <archive xmlns=\"http://rs.tdwg.org/dwc/text/\" metadata=\"eml.xml\">\n \
         <core encoding=\"UTF-8\" fieldsTerminatedBy=\",\" linesTerminatedBy=\"\\n\" fieldsEnclosedBy=\"&quot;\" \
         ignoreHeaderLines=\"1\" rowType=\"{TERMS}Occurrence\">\n  \
         <files><location>occurrence.csv</location></files>\n  <id index=\"0\"/>\n{fields} </core>\n</archive>\n"
    )
}

/// `eml.xml`, version 2.2.0, with no more than it has to have.
pub(super) fn dataset(about: &About) -> String {
    let day = jiff::tz::Offset::UTC.to_datetime(about.written_at).date();
    let somebody = |element: &str, name: &str| {
        format!("  <{element}><organizationName>{}</organizationName></{element}>\n", escaped(name))
    };
    let nobody = ["not stated".to_owned()];
    let named: &[String] = if about.contributors.is_empty() { &nobody } else { &about.contributors };
    let creators: String = named.iter().map(|name| somebody("creator", name)).collect();
    let description = if about.description.is_empty() { &about.title } else { &about.description };
    let rights = about.data_license.as_deref().map_or_else(String::new, |license| {
        format!("  <intellectualRights><para>{}</para></intellectualRights>\n", escaped(license))
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <eml:eml xmlns:eml=\"https://eml.ecoinformatics.org/eml-2.2.0\" packageId=\"resight-{stamp}\" \
         system=\"resight\">\n <dataset>\n  <title>{title}</title>\n{creators}  <pubDate>{day}</pubDate>\n  \
         <language>eng</language>\n  <abstract><para>{abstract_text}</para></abstract>\n{rights}{contact} \
         </dataset>\n</eml:eml>\n",
        stamp = about.written_at.as_second(),
        title = escaped(&about.title),
        abstract_text = escaped(description),
        contact = somebody("contact", &named[0]),
    )
}
