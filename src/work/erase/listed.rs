//! Steps as they stand in plans: which table, how its rows are found, what is done to them, and to how many.

use serde_json::{Value, json};

use crate::access::permit::Permitted;
use crate::catalog::{Catalog, Path, Resource, Step, SubjectPath};
use crate::error::Result;
use crate::plan::erase::{Action, EraseStep, Rooted};
use crate::store::erase::count;
use crate::work::installation::Installation;

/// The steps as they stand in plans, each with how many rows it finds now.
pub(super) async fn listed(
    installation: &Installation,
    erasure: &Permitted<impl Rooted>,
    steps: &[EraseStep],
    token: &[u8],
) -> Result<Vec<Value>> {
    let catalog = &installation.catalog;
    let mut listed = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let rows = count(&installation.database, catalog, erasure, step, token).await?;
        let resource = catalog.get(step.resource);
        listed.push(json!({
            "number": number,
            "table": resource.table,
            "found": step.paths.iter().map(|path| path_words(catalog, resource, path)).collect::<Vec<_>>(),
            "action": step.action.word(),
            "columns": changed_columns(resource, step),
            "rows": rows,
        }));
    }
    Ok(listed)
}

fn changed_columns(resource: &Resource, step: &EraseStep) -> Vec<String> {
    match &step.action {
        Action::Change(changes) => changes
            .iter()
            .map(|(column, _)| resource.column(*column).name.clone())
            .collect(),
        Action::Delete | Action::Keep | Action::Block => Vec::new(),
    }
}

/// How a step finds its rows, in the words of the policy file.
fn path_words(catalog: &Catalog, resource: &Resource, path: &SubjectPath) -> String {
    match path {
        SubjectPath::Address(column) => format!("@{}", resource.column(*column).name),
        SubjectPath::References(Path { steps }) if steps.is_empty() => "self".to_owned(),
        SubjectPath::References(Path { steps }) => {
            let mut here = resource;
            let mut words = Vec::new();
            for step in steps {
                match step {
                    Step::Forward { column, target } => {
                        words.push(here.column(*column).name.clone());
                        here = catalog.get(*target);
                    }
                    Step::Back { resource, column } => {
                        here = catalog.get(*resource);
                        words.push(format!("^{}.{}", here.table, here.column(*column).name));
                    }
                }
            }
            words.join("/")
        }
    }
}
