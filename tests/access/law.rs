//! The law that answers are held against: the policy file and the access matrix, read here from their text, so that no
//! code of the gateway judges itself.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

const POLICY: &str = include_str!("../../schema/policy.toml");
const MATRIX: &str = include_str!("../../schema/access.txt");

/// Everything that is decided.
pub struct Law {
    /// By the name of the table.
    pub tables: BTreeMap<String, TableLaw>,
    /// What each built-in group may do to each type: the letters of the matrix, and whether in named lists alone.
    matrix: BTreeMap<(String, String), (String, bool)>,
    /// Counts of fewer people are kept from those who may not read in clear.
    pub small_cell: i64,
}

/// What is decided about a table.
pub struct TableLaw {
    /// The type of its rows.
    pub name: String,
    /// How a row belongs to an account.
    pub owner: String,
    /// Ways from a row to a list.
    pub scope: Vec<String>,
    /// The column that says which rows are the operators' alone.
    pub operators_only: Option<String>,
    /// Whether there is a type for it.
    pub in_api: bool,
    /// By the name of the column.
    pub columns: BTreeMap<String, Decision>,
    /// By the name of the referring column.
    pub references: BTreeMap<String, ReferenceLaw>,
    /// Fields that lead to a row of the same value, by their names.
    pub matches: BTreeMap<String, MatchLaw>,
}

/// What is decided about a field that leads to the row that holds the same value.
pub struct MatchLaw {
    /// The column here.
    pub column: String,
    /// The other table.
    pub table: String,
    /// The column there.
    pub by: String,
}

/// What is decided about a column.
#[derive(Default)]
pub struct Decision {
    /// Its class of personal data.
    pub class: String,
    /// What those see who may not read in clear.
    pub mask: String,
    /// The way to the class of each value, where values differ in class.
    pub class_by: Option<String>,
    /// The column that says how many people stand behind a count, where that is not the count itself.
    pub people: Option<String>,
    /// Whether it is the gateway's own affair.
    pub internal: bool,
    /// The tables whose rows it names without a foreign key.
    pub loose: Vec<String>,
}

impl Decision {
    /// Whether there is no readable value.
    pub fn is_secret(&self) -> bool {
        self.class == "secret"
    }

    /// Whether those who may not read in clear are shown less than the value.
    pub fn hides(&self) -> bool {
        self.is_secret() || self.class == "by_field" || self.mask != "clear"
    }
}

/// What is decided about a reference, as far as it shows in the schema.
pub struct ReferenceLaw {
    /// The field that follows it, where it has a name of its own.
    pub field: Option<String>,
    /// The field that follows it back.
    pub inverse: Option<String>,
}

/// How far a right reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    Nothing,
    Lists(BTreeSet<Uuid>),
    All,
}

impl Reach {
    /// Whether whatever the other reaches is reached by this one, too.
    pub fn covers(&self, other: &Reach) -> bool {
        match (self, other) {
            (Reach::All, _) | (_, Reach::Nothing) => true,
            (Reach::Lists(mine), Reach::Lists(theirs)) => theirs.is_subset(mine),
            _ => false,
        }
    }
}

/// What somebody may do: by type and verb.
#[derive(Clone, Debug, Default)]
pub struct Rights(BTreeMap<(String, String), Reach>);

impl Rights {
    pub fn reach(&self, of: &str, verb: &str) -> Reach {
        let key = (of.to_owned(), verb.to_owned());
        self.0.get(&key).cloned().unwrap_or_default()
    }

    /// All of them: type, verb and how far.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &Reach)> {
        self.0
            .iter()
            .map(|((of, verb), reach)| (of.as_str(), verb.as_str(), reach))
    }

    /// Rights of several groups add up.
    pub fn add(&mut self, of: &str, verb: &str, reach: Reach) {
        let known = self.0.entry((of.to_owned(), verb.to_owned())).or_default();
        *known = match (std::mem::take(known), reach) {
            (Reach::All, _) | (_, Reach::All) => Reach::All,
            (Reach::Nothing, one) | (one, Reach::Nothing) => one,
            (Reach::Lists(mut one), Reach::Lists(other)) => {
                one.extend(other);
                Reach::Lists(one)
            }
        };
    }
}

/// The verbs, by their letters in the matrix.
pub const VERBS: [(char, &str); 7] = [
    ('r', "read"),
    ('c', "read_clear"),
    ('w', "write"),
    ('x', "export"),
    ('d', "delete"),
    ('e', "erase"),
    ('m', "manage"),
];

impl Law {
    pub fn read() -> Law {
        let policy: toml::Table = POLICY.parse().expect("the policy is TOML");
        let tables = policy["tables"].as_table().expect("there are tables").iter();
        Law {
            tables: tables
                .map(|(table, stanza)| (table.clone(), TableLaw::read(stanza)))
                .collect(),
            matrix: matrix(),
            small_cell: policy["settings"]["small_cell"]
                .as_integer()
                .expect("a number of people"),
        }
    }

    /// The table of a type.
    pub fn table_of(&self, of: &str) -> &str {
        let found = self.tables.iter().find(|(_, table)| table.name == of);
        let (name, _) = found.unwrap_or_else(|| panic!("the policy names no type {of}"));
        name
    }

    /// The built-in groups, in the order of the matrix.
    pub fn groups(&self) -> BTreeSet<&str> {
        self.matrix.keys().map(|(_, group)| group.as_str()).collect()
    }

    /// What the matrix gives to a built-in group that names these lists.
    pub fn rights_of(&self, group: &str, lists: &BTreeSet<Uuid>) -> Rights {
        let mut rights = Rights::default();
        for ((of, _), (letters, named)) in self.matrix.iter().filter(|((_, one), _)| one == group) {
            let reach = match named {
                true => Reach::Lists(lists.clone()),
                false => Reach::All,
            };
            for letter in letters.chars() {
                let (_, verb) = VERBS
                    .iter()
                    .find(|(known, _)| *known == letter)
                    .unwrap_or_else(|| {
                        panic!("schema/access.txt has the letter {letter}, which is new here")
                    });
                rights.add(of, verb, reach.clone());
            }
        }
        rights
    }
}

impl TableLaw {
    fn read(stanza: &toml::Value) -> TableLaw {
        let mut columns = BTreeMap::new();
        for listed in items(stanza.get("none")) {
            for column in words(listed.get("columns")) {
                let decision = Decision {
                    class: "none".into(),
                    mask: "clear".into(),
                    internal: is(listed.get("internal")),
                    ..Decision::default()
                };
                columns.insert(column, decision);
            }
        }
        for (column, decided) in entries(stanza.get("columns")) {
            let class = text(decided.get("class")).expect("a column has a class");
            // What is of no class is nobody's data, and needs no mask.
            let mask = text(decided.get("mask")).unwrap_or_else(|| {
                assert_eq!(class, "none", "{column} is personal and has no mask");
                "clear".into()
            });
            let decision = Decision {
                class,
                mask,
                class_by: text(decided.get("class_by")),
                people: text(decided.get("people")),
                internal: is(decided.get("internal")),
                loose: words(decided.get("loose")),
            };
            columns.insert(column.clone(), decision);
        }
        let references = entries(stanza.get("references")).map(|(column, decided)| {
            let reference = ReferenceLaw {
                field: text(decided.get("field")),
                inverse: text(decided.get("inverse")),
            };
            (column.clone(), reference)
        });
        TableLaw {
            name: text(stanza.get("name")).expect("a table has a name"),
            owner: text(stanza.get("owner")).expect("a table has an owner"),
            scope: words(stanza.get("scope")),
            operators_only: text(stanza.get("operators_only")),
            in_api: is(stanza.get("in_api")),
            references: references.collect(),
            matches: entries(stanza.get("matches"))
                .map(|(field, decided)| (field.clone(), MatchLaw::read(decided)))
                .collect(),
            columns,
        }
    }
}

impl MatchLaw {
    fn read(decided: &toml::Value) -> MatchLaw {
        let with = text(decided.get("with")).expect("a match says with what");
        let (table, by) = with.split_once('.').expect("a table and a column");
        MatchLaw {
            column: text(decided.get("column")).expect("a match has a column"),
            table: table.to_owned(),
            by: by.to_owned(),
        }
    }
}

/// The matrix: a line for each type, a column for each group; `(lists)` stands behind the letters it is about.
fn matrix() -> BTreeMap<(String, String), (String, bool)> {
    let mut lines = MATRIX.lines().filter(|line| !line.starts_with('#'));
    let groups: Vec<&str> = lines
        .next()
        .expect("a heading")
        .split_whitespace()
        .skip(1)
        .collect();
    let mut found = BTreeMap::new();
    for line in lines {
        let line = line.replace(" (lists)", "(lists)");
        let mut parts = line.split_whitespace();
        let of = parts.next().expect("a type");
        let rights: Vec<&str> = parts.collect();
        assert_eq!(rights.len(), groups.len(), "{line}");
        for (group, rights) in groups.iter().zip(rights) {
            let letters = rights.trim_end_matches("(lists)");
            let value = (letters.replace('-', ""), letters.len() < rights.len());
            found.insert((of.to_owned(), (*group).to_owned()), value);
        }
    }
    found
}

fn text(value: Option<&toml::Value>) -> Option<String> {
    value.and_then(toml::Value::as_str).map(str::to_owned)
}

fn is(value: Option<&toml::Value>) -> bool {
    value.and_then(toml::Value::as_bool).unwrap_or_default()
}

fn items(value: Option<&toml::Value>) -> &[toml::Value] {
    value.and_then(toml::Value::as_array).map_or(&[], Vec::as_slice)
}

fn words(value: Option<&toml::Value>) -> Vec<String> {
    items(value).iter().filter_map(|one| text(Some(one))).collect()
}

fn entries(value: Option<&toml::Value>) -> impl Iterator<Item = (&String, &toml::Value)> {
    value.and_then(toml::Value::as_table).into_iter().flatten()
}
