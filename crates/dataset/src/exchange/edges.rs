//! Who was seen with whom: a list of edges, and the same as a graph.
//!
//! Individuals are together where they share a sighting, else an encounter, else a photo. Over these groups, with `x` of
//! both, `a` of the first alone and `b` of the second alone, the simple ratio index is `x / (x + a + b)` and the half-weight
//! index `x / (x + (a + b) / 2)` (Cairns and Schwager 1987, *A comparison of association indices*, with no period in
//! which both were seen apart: groups are not taken for sampling periods). Pairs that were never together have no edge. In how
//! many of their groups a model alone names one of both stands beside.

use std::collections::BTreeMap;

use super::going::{Going, GoingIdentity, Prepared};
use super::lists::list;
use super::written::{ExchangeError, NoteKind, Written};
use super::xml::escaped;
use super::{Sensitive, Standing};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Individuals, "individual_a, individual_b; node data `name`"),
    (Sensitive::Unconfirmed, "together_unconfirmed; node data `confirmed` = false"),
];

const COLUMNS: [&str; 8] = [
    "individual_a",
    "individual_b",
    "together",
    "a_alone",
    "b_alone",
    "simple_ratio",
    "half_weight",
    "together_unconfirmed",
];

/// Who was in a group, and whether a person stands for it.
type Group<'a> = BTreeMap<&'a str, bool>;

/// Two individuals that were seen together.
struct Edge<'a> {
    pair: [&'a str; 2],
    together: usize,
    /// In how many of the groups a model alone names one of both.
    unconfirmed: usize,
    alone: [usize; 2],
}

impl Edge<'_> {
    // Counts of groups: exact as floating-point numbers.
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 groups")]
    fn index(&self, weight_of_alone: f64) -> f64 {
        let together = self.together as f64;
        together / (together + weight_of_alone * (self.alone[0] + self.alone[1]) as f64)
    }

    fn simple_ratio(&self) -> f64 {
        self.index(1.0)
    }

    fn half_weight(&self) -> f64 {
        self.index(0.5)
    }
}

/// An individual of the graph.
struct Node<'a> {
    groups: usize,
    sex: Option<&'static str>,
    species: Option<&'a str>,
    is_confirmed: bool,
}

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    for row in prepared.rows.iter().filter(|row| row.identity.is_none()) {
        written.note(NoteKind::NobodyIdentified, row.annotation.to_string());
    }
    let groups = groups(&prepared.rows);
    let edges = edges(&groups);
    let nodes = nodes(prepared, &groups);
    let rows = edges.iter().map(|edge| {
        [
            edge.pair[0].to_owned(),
            edge.pair[1].to_owned(),
            edge.together.to_string(),
            edge.alone[0].to_string(),
            edge.alone[1].to_string(),
            edge.simple_ratio().to_string(),
            edge.half_weight().to_string(),
            edge.unconfirmed.to_string(),
        ]
    });
    written.file("associations.csv", list(&COLUMNS, rows)?);
    written.file("associations.graphml", graph(&nodes, &edges).into_bytes());
    Ok(())
}

fn identified(rows: &[Going]) -> impl Iterator<Item = (&Going, &GoingIdentity)> {
    rows.iter().filter_map(|row| Some((row, row.identity.as_ref()?)))
}

/// Who was in each group.
fn groups(rows: &[Going]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<(u8, &str), Group<'_>> = BTreeMap::new();
    for (row, identity) in identified(rows) {
        let key = match (&row.sighting, &row.encounter) {
            (Some(sighting), _) => (0, sighting.as_str()),
            (None, Some(encounter)) => (1, encounter.as_str()),
            (None, None) => (2, row.file.as_str()),
        };
        *groups.entry(key).or_default().entry(&identity.name).or_insert(false) |=
            identity.standing == Standing::Confirmed;
    }
    groups.into_values().collect()
}

fn groups_of_each<'a>(groups: &[Group<'a>]) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for name in groups.iter().flat_map(BTreeMap::keys) {
        *counts.entry(*name).or_insert(0) += 1;
    }
    counts
}

fn edges<'a>(groups: &[Group<'a>]) -> Vec<Edge<'a>> {
    let counts = groups_of_each(groups);
    let mut together: BTreeMap<[&str; 2], (usize, usize)> = BTreeMap::new();
    for group in groups {
        for (place, (first, first_confirmed)) in group.iter().enumerate() {
            for (second, second_confirmed) in group.iter().skip(place + 1) {
                let (all, unconfirmed) = together.entry([*first, *second]).or_default();
                *all += 1;
                *unconfirmed += usize::from(!(*first_confirmed && *second_confirmed));
            }
        }
    }
    let alone = |name: &str, together: usize| counts.get(name).map_or(0, |all| all - together);
    together
        .into_iter()
        .map(|(pair, (together, unconfirmed))| Edge {
            pair,
            together,
            unconfirmed,
            alone: pair.map(|name| alone(name, together)),
        })
        .collect()
}

fn nodes<'a>(prepared: &'a Prepared<'_>, groups: &[Group<'a>]) -> BTreeMap<&'a str, Node<'a>> {
    let counts = groups_of_each(groups);
    let mut nodes: BTreeMap<&str, Node<'_>> = BTreeMap::new();
    for (row, identity) in identified(&prepared.rows) {
        let node = nodes.entry(&identity.name).or_insert_with(|| Node {
            groups: counts.get(identity.name.as_str()).copied().unwrap_or_default(),
            sex: prepared.card(row).and_then(|card| card.sex).map(|sex| sex.as_str()),
            species: None,
            is_confirmed: false,
        });
        node.species = node.species.or(row.species.as_ref().map(|species| species.as_str()));
        node.is_confirmed |= identity.standing == Standing::Confirmed;
    }
    nodes
}

const GRAPH_HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
 <key id="name" for="node" attr.name="name" attr.type="string"/>
 <key id="groups" for="node" attr.name="groups" attr.type="int"/>
 <key id="sex" for="node" attr.name="sex" attr.type="string"/>
 <key id="species" for="node" attr.name="species" attr.type="string"/>
 <key id="confirmed" for="node" attr.name="confirmed" attr.type="boolean"/>
 <key id="together" for="edge" attr.name="together" attr.type="int"/>
 <key id="together_unconfirmed" for="edge" attr.name="together_unconfirmed" attr.type="int"/>
 <key id="weight" for="edge" attr.name="weight" attr.type="double"/>
 <key id="simple_ratio" for="edge" attr.name="simple_ratio" attr.type="double"/>
 <graph id="associations" edgedefault="undirected">
"#;

/// The graph; the weight of an edge is its half-weight index.
fn graph(nodes: &BTreeMap<&str, Node<'_>>, edges: &[Edge<'_>]) -> String {
    let numbers: BTreeMap<&str, usize> = nodes.keys().copied().zip(0..).collect();
    let data = |key: &str, value: &str| format!("<data key=\"{key}\">{}</data>", escaped(value));
    let mut text = GRAPH_HEAD.to_owned();
    for (name, node) in nodes {
        let mut all = data("name", name) + &data("groups", &node.groups.to_string());
        all.extend(node.sex.map(|sex| data("sex", sex)));
        all.extend(node.species.map(|species| data("species", species)));
        all += &data("confirmed", &node.is_confirmed.to_string());
        text += &format!("  <node id=\"n{}\">{all}</node>\n", numbers[name]);
    }
    for edge in edges {
        let [source, target] = edge.pair.map(|name| numbers[name]);
        let all = data("together", &edge.together.to_string())
            + &data("together_unconfirmed", &edge.unconfirmed.to_string())
            + &data("weight", &edge.half_weight().to_string())
            + &data("simple_ratio", &edge.simple_ratio().to_string());
        text += &format!("  <edge source=\"n{source}\" target=\"n{target}\">{all}</edge>\n");
    }
    text + " </graph>\n</graphml>\n"
}
