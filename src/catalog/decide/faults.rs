//! What can be wrong with a policy file: a stable word for programs, a message for people.

use std::fmt;

use super::FILE;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// The kinds of faults in a policy file.
        #[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
        pub enum PolicyFaultKind { $($(#[$doc])* $name,)* }

        impl PolicyFaultKind {
            /// Every kind, for tests and documentation.
            pub const ALL: &[PolicyFaultKind] = &[$(PolicyFaultKind::$name,)*];

            /// The stable word.
            pub fn as_str(self) -> &'static str {
                match self { $(PolicyFaultKind::$name => $word,)* }
            }
        }
    };
}

kinds! {
    /// The text is not TOML, or a key stands twice in one table.
    NotToml = "not_toml";
    /// A key of the file itself is missing or unknown.
    FileMalformed = "file_malformed";
    /// A setting is missing, unknown or out of its range.
    SettingWrong = "setting_wrong";
    /// A table of the entities has no stanza.
    TableUndecided = "table_undecided";
    /// A stanza is about no table of the entities.
    TableUnknown = "table_unknown";
    /// A stanza lacks a key, or has one that is not known.
    TableMalformed = "table_malformed";
    /// `owner` does not fit the table's key.
    OwnerDoesNotFit = "owner_does_not_fit";
    /// A column of the entities is not decided.
    ColumnUndecided = "column_undecided";
    /// A decision is about no column of the entities.
    ColumnUnknown = "column_unknown";
    /// A column is decided in two places.
    ColumnDecidedTwice = "column_decided_twice";
    /// A decision about a column lacks a key, or has one that is not known.
    ColumnMalformed = "column_malformed";
    /// A foreign key of the entities is not decided.
    ReferenceUndecided = "reference_undecided";
    /// A decision is about no foreign key of the entities.
    ReferenceUnknown = "reference_unknown";
    /// A decision about a reference lacks a key, or has one that is not known.
    ReferenceMalformed = "reference_malformed";
    /// The class of personal data is not one of ours.
    ClassUnknown = "class_unknown";
    /// A personal column lacks purpose, basis, source or mask.
    ClassIncomplete = "class_incomplete";
    /// `class_by` leads nowhere, or is there without need.
    ClassByWrong = "class_by_wrong";
    /// The legal basis is none of Art. 6 GDPR.
    BasisUnknown = "basis_unknown";
    /// The source is not one of ours.
    SourceUnknown = "source_unknown";
    /// The mask is not one of ours.
    MaskUnknown = "mask_unknown";
    /// Personal data of this class may not be shown to those who may not see in clear.
    MaskTooOpen = "mask_too_open";
    /// The mask is not for values of this type.
    MaskDoesNotFit = "mask_does_not_fit";
    /// The kind of bundle is not one of ours.
    ExportUnknown = "export_unknown";
    /// A person's bundle is to hold a column of a table that is about no person.
    ExportWithoutSubject = "export_without_subject";
    /// The portability bundle is to hold what the person neither gave nor was observed doing.
    ExportNotPortable = "export_not_portable";
    /// A secret in a bundle.
    SecretExported = "secret_exported";
    /// A secret that can be filtered or ordered by.
    SecretQueried = "secret_queried";
    /// The erase strategy is not one of ours.
    EraseUnknown = "erase_unknown";
    /// The erase strategy is not for values of this type.
    EraseDoesNotFit = "erase_does_not_fit";
    /// NULL in a column that may not be NULL.
    EraseNeedsNull = "erase_needs_null";
    /// The erase strategy would make two rows equal in a unique key.
    EraseBreaksUnique = "erase_breaks_unique";
    /// Retained without reason, clock or what then.
    RetainIncomplete = "retain_incomplete";
    /// No length of time.
    ClockUnknown = "clock_unknown";
    /// The clock starts at something that is no instant, or may be missing.
    ClockStartWrong = "clock_start_wrong";
    /// The decision about a reference is not one of ours.
    OnEraseUnknown = "on_erase_unknown";
    /// A match with a column that does not exist, or that is no key.
    MatchWrong = "match_wrong";
    /// Unlinking a reference that may not be NULL.
    UnlinkNeedsNull = "unlink_needs_null";
    /// Reassigning would make two rows equal in a unique key.
    ReassignBreaksUnique = "reassign_breaks_unique";
    /// A row that is kept for a reason would go with the row that it refers to, or the other way about.
    CascadeThroughRetained = "cascade_through_retained";
    /// What keeps parts of an erased account looks at nothing that can be open, or keeps what nobody would take.
    HoldWrong = "hold_wrong";
    /// A row stays after the erasure with personal data in it.
    PersonalDataStays = "personal_data_stays";
    /// A table refers to people and names no way to them.
    SubjectMissing = "subject_missing";
    /// A way to the person leads nowhere, or elsewhere.
    SubjectWrong = "subject_wrong";
    /// Every way to the person may be NULL, and nothing is said about such rows.
    SubjectMayBeNull = "subject_may_be_null";
    /// `on_address` is missing, or is there without need.
    AddressUndecided = "address_undecided";
    /// A way to a list leads nowhere, or elsewhere.
    ScopeWrong = "scope_wrong";
    /// What keeps rows from all but operators is no boolean that is always there.
    OperatorsOnlyWrong = "operators_only_wrong";
    /// A column looks like a reference or an address, and the decision does not say so.
    LooseReference = "loose_reference";
    /// A column to filter or order by that no index starts with.
    NotIndexed = "not_indexed";
    /// A column to order by that may be NULL, at which keyset pages would end.
    OrderNeedsNotNull = "order_needs_not_null";
    /// A table with personal data and no clock.
    KeepMissing = "keep_missing";
    /// The clock's end cannot be carried out.
    KeepDoesNotFit = "keep_does_not_fit";
    /// Nothing, or nothing that can be read, is said about the deletion of single rows; or it is without need.
    RemovalUndecided = "removal_undecided";
    /// A name that GraphQL or a reader could not use.
    NameMalformed = "name_malformed";
    /// Two types, fields or enums of one name.
    NameTaken = "name_taken";
    /// Nothing for a reader.
    DescriptionMissing = "description_missing";
    /// A description of something that does not exist.
    DescriptionUnknown = "description_unknown";
    /// What is said about a part of the API that is to go lacks a key, or cannot be read.
    DeprecationMalformed = "deprecation_malformed";
    /// A part of the API is to go too soon after it was said.
    DeprecationTooSoon = "deprecation_too_soon";
}

/// One fault in a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// What kind.
    pub kind: PolicyFaultKind,
    /// The table, where the fault is in one.
    pub table: Option<String>,
    /// The column, where the fault is at one.
    pub column: Option<String>,
    /// Names file, table, column, the fact and the way out.
    pub message: String,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyFault {}

/// The faults found so far.
#[derive(Default)]
pub(super) struct Faults(Vec<PolicyFault>);

impl Faults {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<PolicyFault> {
        self.0
    }

    /// A fault of the file as a whole; `text` goes on after the file's name.
    pub(super) fn file(&mut self, kind: PolicyFaultKind, text: impl fmt::Display) {
        self.push(kind, None, None, text.to_string());
    }

    /// A fault of a table; `text` goes on after `table NAME`.
    pub(super) fn table(&mut self, kind: PolicyFaultKind, table: &str, text: impl fmt::Display) {
        self.push(kind, Some(table), None, format!("table {table} {text}"));
    }

    /// A fault of a column; `text` goes on after `column TABLE.COLUMN`.
    pub(super) fn column(
        &mut self,
        kind: PolicyFaultKind,
        table: &str,
        column: &str,
        text: impl fmt::Display,
    ) {
        self.push(
            kind,
            Some(table),
            Some(column),
            format!("column {table}.{column} {text}"),
        );
    }

    /// A fault of a reference; `text` goes on after `reference TABLE.COLUMN`.
    pub(super) fn reference(
        &mut self,
        kind: PolicyFaultKind,
        table: &str,
        column: &str,
        text: impl fmt::Display,
    ) {
        self.push(
            kind,
            Some(table),
            Some(column),
            format!("reference {table}.{column} {text}"),
        );
    }

    /// A fault whose place is known but not whether it is a column or a reference.
    pub(super) fn place(
        &mut self,
        kind: PolicyFaultKind,
        table: Option<&str>,
        column: Option<&str>,
        text: impl fmt::Display,
    ) {
        self.push(kind, table, column, text.to_string());
    }

    fn push(&mut self, kind: PolicyFaultKind, table: Option<&str>, column: Option<&str>, text: String) {
        self.0.push(PolicyFault {
            kind,
            table: table.map(str::to_string),
            column: column.map(str::to_string),
            message: format!("{FILE}: {text}"),
        });
    }
}
