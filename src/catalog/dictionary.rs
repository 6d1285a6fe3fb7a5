//! The data dictionary: every table, column and reference and what is decided about it, as Markdown.
//!
//! Reads the catalog alone, so that it says what the engines do and not what somebody remembers.

use std::fmt::Write;

use super::decide::{clock, mask_word};
use super::resource::{
    Catalog, Column, ColumnErase, Exports, Keep, OnErase, Owner, Path, Reference, Resource, Retain, Step,
    SubjectPath, Then,
};

/// The whole dictionary, the tables in the order of their names.
pub fn markdown(catalog: &Catalog) -> String {
    let mut text = format!(
        "# Data dictionary\n\nPolicy `{}`, tables `{}`.\n",
        catalog.policy_hash, catalog.schema_fingerprint
    );
    let mut resources: Vec<&Resource> = catalog.resources().collect();
    resources.sort_by(|one, other| one.table.cmp(&other.table));
    for resource in resources {
        table(catalog, resource, &mut text);
    }
    text
}

fn table(catalog: &Catalog, resource: &Resource, text: &mut String) {
    let Resource {
        table,
        name,
        description,
        ..
    } = resource;
    push(text, format_args!("\n## {table} ({name})\n\n{description}\n\n"));
    for (fact, value) in facts(catalog, resource) {
        push(text, format_args!("- {fact}: {value}\n"));
    }
    text.push_str(
        "\n| column | kind | null | class | purpose | basis | source | export | erase | mask | description |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|---|---|---|\n");
    for column in &resource.columns {
        row(catalog, resource, column, text);
    }
    if !resource.references.is_empty() {
        text.push_str("\n| reference | to | when that is erased | description |\n|---|---|---|---|\n");
    }
    for reference in &resource.references {
        reference_row(catalog, resource, reference, text);
    }
}

fn facts(catalog: &Catalog, resource: &Resource) -> Vec<(&'static str, String)> {
    let owner = match resource.owner {
        Owner::Account => "an account",
        Owner::Itself => "itself; a row is an account",
        Owner::Members => "the accounts in whose groups it is a member",
        Owner::Shared => "the installation; every account sees it",
        Owner::Global => "the installation",
    };
    let in_api = if resource.in_api { "yes" } else { "no" };
    let rows = if resource.rows_go {
        "the rows are deleted"
    } else {
        "the rows stay, without the person"
    };
    let scope: Vec<String> = resource
        .scope
        .iter()
        .map(|path| walk(catalog, resource, path))
        .collect();
    let mut facts = vec![
        ("Belongs to", owner.to_string()),
        ("In the API", in_api.to_string()),
        ("About a person by", subject(catalog, resource)),
    ];
    if !resource.subject.is_empty() {
        facts.push(("Erasure of the person", rows.to_string()));
    }
    facts.extend(resource.orphans.clone().map(|why| ("Rows without a person", why)));
    facts.push(("In the scope of a list by", or_none(&scope)));
    if let Some(column) = resource.operators_only {
        let rows = format!("the rows with {}", resource.column(column).name);
        facts.push(("Shown to operators alone", rows));
    }
    let kept = resource
        .keep
        .as_ref()
        .map_or_else(|| "no personal data".to_string(), keep);
    facts.push(("Kept", kept));
    facts
}

fn row(catalog: &Catalog, resource: &Resource, column: &Column, text: &mut String) {
    let kind = match &column.enum_name {
        Some(_) => format!("one of {}", column.words.join(", ")),
        None => format!("{:?}", column.kind).to_lowercase(),
    };
    let class = match &column.class_by {
        Some(by) => {
            let field = resource
                .reference(by.reference)
                .map(|reference| catalog.get(reference.target));
            let name = field.map(|field| format!("{}.{}", field.table, field.column(by.column).name));
            format!("by {}", name.unwrap_or_default())
        }
        None => column.class.word().to_string(),
    };
    let or_dash = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_string());
    let cells = [
        column.name.clone(),
        kind,
        if column.nullable { "yes" } else { "no" }.to_string(),
        class,
        or_dash(&column.purpose),
        or_dash(&column.basis),
        or_dash(&column.source),
        exports(column.export),
        erase(&column.erase),
        mask_word(column.mask).to_string(),
        column.description.clone(),
    ];
    push_row(text, &cells);
}

fn reference_row(catalog: &Catalog, resource: &Resource, reference: &Reference, text: &mut String) {
    let fate = match &reference.on_erase {
        OnErase::Cascade => "this row is deleted".to_string(),
        OnErase::Unlink => "the reference is cut".to_string(),
        OnErase::Reassign => "the reference is set to a row that stands for nobody".to_string(),
        OnErase::Block => "that is refused".to_string(),
        OnErase::Retain(why) => retain(why),
    };
    let column = resource.column(reference.column).name.clone();
    push_row(
        text,
        &[
            column,
            catalog.get(reference.target).table.clone(),
            fate,
            reference.description.clone(),
        ],
    );
}

fn subject(catalog: &Catalog, resource: &Resource) -> String {
    let paths: Vec<String> = resource
        .subject
        .iter()
        .map(|path| match path {
            SubjectPath::Address(column) => format!("the address in {}", resource.column(*column).name),
            SubjectPath::References(path) => walk(catalog, resource, path),
        })
        .collect();
    or_none(&paths)
}

fn walk(catalog: &Catalog, start: &Resource, path: &Path) -> String {
    let mut at = start;
    let mut steps = Vec::new();
    for step in &path.steps {
        match *step {
            Step::Forward { column, target } => {
                steps.push(at.column(column).name.clone());
                at = catalog.get(target);
            }
            Step::Back { resource, column } => {
                at = catalog.get(resource);
                steps.push(format!("^{}.{}", at.table, at.column(column).name));
            }
        }
    }
    if steps.is_empty() {
        "itself".to_string()
    } else {
        steps.join("/")
    }
}

fn or_none(parts: &[String]) -> String {
    if parts.is_empty() {
        "nothing".to_string()
    } else {
        parts.join(", ")
    }
}

fn exports(export: Exports) -> String {
    let words = [
        (export.account, "account"),
        (export.access, "access"),
        (export.portability, "portability"),
    ];
    let held: Vec<&str> = words
        .iter()
        .filter(|(held, _)| *held)
        .map(|(_, word)| *word)
        .collect();
    if held.is_empty() {
        "–".to_string()
    } else {
        held.join(", ")
    }
}

fn erase(erase: &ColumnErase) -> String {
    match erase {
        ColumnErase::WithRow => "with the row".to_string(),
        ColumnErase::Null => "set to NULL".to_string(),
        ColumnErase::Redact => "redacted".to_string(),
        ColumnErase::TruncateDay => "cut to the day".to_string(),
        ColumnErase::TruncateIp => "cut to the network".to_string(),
        ColumnErase::Token => "replaced by a keyed token".to_string(),
        ColumnErase::Scan => "searched for the person's address".to_string(),
        ColumnErase::Retain(why) => retain(why),
    }
}

fn retain(why: &Retain) -> String {
    format!(
        "kept for {}, {} from {}, then {}",
        why.reason,
        clock(why.duration),
        why.from,
        then(why.then)
    )
}

fn keep(keep: &Keep) -> String {
    match keep.duration {
        Some(duration) => format!("{} from {}, then {}", clock(duration), keep.from, then(keep.then)),
        None => format!("as long as the account exists, then {}", then(keep.then)),
    }
}

fn then(then: Then) -> &'static str {
    match then {
        Then::Delete => "deleted",
        Then::Anonymise => "anonymised",
    }
}

fn push_row(text: &mut String, cells: &[String]) {
    for cell in cells {
        push(
            text,
            format_args!("| {} ", cell.replace('|', "\\|").replace('\n', " ")),
        );
    }
    text.push_str("|\n");
}

fn push(text: &mut String, arguments: std::fmt::Arguments) {
    text.write_fmt(arguments)
        .expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::DEFAULT_POLICY;

    #[test]
    fn every_table_column_and_reference_has_its_row() {
        let catalog = Catalog::load(DEFAULT_POLICY).unwrap();
        let text = markdown(&catalog);
        let sections: Vec<&str> = text.split("\n## ").skip(1).collect();
        assert_eq!(sections.len(), catalog.resources().count());
        for resource in catalog.resources() {
            let heading = format!("{} ({})\n", resource.table, resource.name);
            let section = sections
                .iter()
                .find(|section| section.starts_with(&heading))
                .unwrap();
            let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).collect();
            for column in &resource.columns {
                let row = rows
                    .iter()
                    .find(|row| row.starts_with(&format!("| {} ", column.name)))
                    .unwrap();
                assert!(
                    row.contains(column.class.word()) || column.class_by.is_some(),
                    "{row}"
                );
                assert_eq!(row.split(" | ").count(), 11, "{row}");
            }
            let headings = if resource.references.is_empty() { 1 } else { 2 };
            assert_eq!(
                rows.len(),
                headings + resource.columns.len() + resource.references.len()
            );
        }
    }

    #[test]
    fn an_invoice_is_said_to_be_kept_for_the_tax_period() {
        let text = markdown(&Catalog::load(DEFAULT_POLICY).unwrap());
        let wanted = "kept for tax:DE:AO147, 8 years, end of year from issued_at, then deleted";
        let row = text
            .lines()
            .find(|line| line.starts_with("| billed_name "))
            .unwrap();
        assert!(row.contains(wanted), "{row}");
    }
}
