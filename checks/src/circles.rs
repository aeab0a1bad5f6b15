//! Circles: a file that needs another, which over any number of steps needs the first.
//!
//! A file and the folder of its name (`lane.rs`, `lane/`) are one unit. Among the units of each folder
//! no circle is allowed, wherever in them the files are that close it: so there is none between files
//! and none between folders. Only a parent and what is below it may need each other.
//!
//! A call of a method names no file, so what is needed only that way is not seen.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    Breach,
    resolve::Target,
    source::{Module, Sources},
};

const RULE: &str = "no circle between files or folders, other than parent and child";
/// Enough to see what closes a circle.
const PLACES_PER_STEP: usize = 4;

/// The units of one folder: from → to → where.
type Graph = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The circles of a crate, each with the lines that close it.
pub fn circles(sources: &Sources) -> Vec<Breach> {
    let mut folders: BTreeMap<Vec<String>, Graph> = BTreeMap::new();
    for need in needs(sources) {
        let (from, to) = (unit(sources, need.from), unit(sources, need.to));
        let shared = from.iter().zip(to).take_while(|(a, b)| a == b).count();
        if let (Some(a), Some(b), Some(folder)) =
            (from.get(shared), to.get(shared), from.get(..shared))
        {
            let graph = folders.entry(folder.to_vec()).or_default();
            let steps = graph.entry(a.clone()).or_default();
            steps.entry(b.clone()).or_default().insert(need.place);
        }
    }
    folders.values().flat_map(circles_of).collect()
}

struct Need {
    from: usize,
    to: usize,
    place: String,
}

fn unit(sources: &Sources, file: usize) -> &[String] {
    sources
        .files
        .get(file)
        .map_or(&[], |file| file.unit.as_slice())
}

/// Which file needs which.
fn needs(sources: &Sources) -> Vec<Need> {
    let mut needs = Vec::new();
    for (id, module) in sources.modules.iter().enumerate() {
        for (path, line, is_glob) in paths(module) {
            let to = match sources.resolve(id, path) {
                Some(Target::Item(file)) => file,
                // An import of a module alone needs nothing yet; what is named through it does.
                Some(Target::Module(other)) if is_glob => match sources.modules.get(other) {
                    Some(other) => other.file,
                    None => continue,
                },
                _ => continue,
            };
            if let (Some(from), Some(there)) =
                (sources.files.get(module.file), sources.files.get(to))
            {
                needs.push(Need {
                    from: module.file,
                    to,
                    place: format!(
                        "{}:{line} → {}  ({})",
                        from.path.display(),
                        there.path.display(),
                        path.join("::")
                    ),
                });
            }
        }
    }
    needs
}

fn paths(module: &Module) -> impl Iterator<Item = (&[String], usize, bool)> {
    let imports = module
        .imports
        .iter()
        .map(|import| (import.path.as_slice(), import.line, import.name.is_none()));
    // A single name is this module's own, or imported: only a glob does not say where from.
    let has_glob = module.imports.iter().any(|import| import.name.is_none());
    let mentions = module
        .mentions
        .iter()
        .filter(move |mention| has_glob || mention.path.len() > 1)
        .map(|mention| (mention.path.as_slice(), mention.line, false));
    imports.chain(mentions)
}

/// For each step that can be gone back: the shortest way round.
fn circles_of(graph: &Graph) -> Vec<Breach> {
    let mut found: BTreeMap<BTreeSet<&str>, Breach> = BTreeMap::new();
    for (from, steps) in graph {
        for to in steps.keys() {
            if let Some(way) = shortest_way(graph, to, from) {
                found
                    .entry(way.iter().copied().collect())
                    .or_insert_with(|| breach(graph, &way));
            }
        }
    }
    found.into_values().collect()
}

fn shortest_way<'a>(graph: &'a Graph, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way = vec![at];
            while let Some(before) = way.last().filter(|at| **at != from) {
                way.push(came_from.get(before)?);
            }
            way.reverse();
            return Some(way);
        }
        for next in graph.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next != from && !came_from.contains_key(next.as_str()) {
                came_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

fn breach(graph: &Graph, way: &[&str]) -> Breach {
    let mut places = vec![
        way.iter()
            .chain(way.first())
            .copied()
            .collect::<Vec<_>>()
            .join(" → "),
    ];
    for (from, to) in way.iter().zip(way.iter().cycle().skip(1)) {
        let all = graph.get(*from).and_then(|steps| steps.get(*to));
        let all: Vec<_> = all.into_iter().flatten().cloned().collect();
        places.extend(all.iter().take(PLACES_PER_STEP).cloned());
        if let Some(more @ 1..) = all.len().checked_sub(PLACES_PER_STEP) {
            places.push(format!("… and {more} more from {from} to {to}"));
        }
    }
    Breach { rule: RULE, places }
}
