//! How many statements ruling 19 allows a document, from the document alone: one for each connection or relation after
//! merging by response path.

use std::collections::BTreeSet;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

/// What lies within a row or a page and is read with it. `node` and `nodes` of the query type are questions of their own.
const WITHIN: [&str; 5] = ["edges", "node", "nodes", "pageInfo", "totalCount"];

/// Types that the ids of one document are of, at most; `nodes` asks once for each.
const TYPES: usize = 5;

/// The allowance of the document's operation; none for what cannot be parsed.
pub fn allowed(query: &str, operation: Option<&str>) -> Option<u64> {
    let document = parse_query(query).ok()?;
    let chosen = document
        .operations
        .iter()
        .find(|(name, _)| operation.is_none() || name.map(|name| name.as_str()) == operation)?
        .1;
    let mut paths = BTreeSet::new();
    let mut root_nodes = 0;
    collect(
        &document,
        &chosen.node.selection_set.node,
        &mut Vec::new(),
        &mut paths,
        &mut root_nodes,
    );
    u64::try_from(paths.len() + root_nodes * TYPES).ok()
}

fn collect(
    document: &ExecutableDocument,
    selections: &SelectionSet,
    path: &mut Vec<String>,
    paths: &mut BTreeSet<Vec<String>>,
    root_nodes: &mut usize,
) {
    for selection in &selections.items {
        match &selection.node {
            Selection::Field(field) => {
                let (field, is_root) = (&field.node, path.is_empty());
                let name = field.name.node.as_str();
                if field.selection_set.node.items.is_empty() || name.starts_with("__") {
                    continue;
                }
                path.push(field.response_key().node.to_string());
                match (name, is_root) {
                    ("nodes", true) => *root_nodes += 1,
                    ("viewer", true) => {}
                    (name, false) if WITHIN.contains(&name) => {}
                    _ => {
                        paths.insert(path.clone());
                    }
                }
                collect(document, &field.selection_set.node, path, paths, root_nodes);
                path.pop();
            }
            Selection::InlineFragment(fragment) => {
                collect(
                    document,
                    &fragment.node.selection_set.node,
                    path,
                    paths,
                    root_nodes,
                );
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name) {
                    collect(
                        document,
                        &fragment.node.selection_set.node,
                        path,
                        paths,
                        root_nodes,
                    );
                }
            }
        }
    }
}
