//! `policy.schema.json` says to editors what the reader of the file says: the same keys, the same words.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::catalog::policy::{
    AddressWord, ColumnPolicy, DeprecationPolicy, ExportWord, HoldPolicy, KeepPolicy, MatchPolicy,
    NonePolicy, OwnerWord, PolicyFile, ReferencePolicy, RetainPolicy, TablePolicy,
};
use crate::catalog::resource::{Area, Class, Mask, Settings, Then};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../schema/policy.schema.json")).unwrap()
}

/// The words in back-quotes of the message about something unknown, but for the unknown thing itself.
fn expected(message: &str) -> BTreeSet<String> {
    message
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| *word != "zzz")
        .map(str::to_string)
        .collect()
}

fn keys_of<T: DeserializeOwned>() -> BTreeSet<String> {
    expected(toml::from_str::<T>("zzz = 1").err().unwrap().message())
}

fn words_of<T: DeserializeOwned>() -> BTreeSet<String> {
    expected(
        toml::Value::String("zzz".to_string())
            .try_into::<T>()
            .err()
            .unwrap()
            .message(),
    )
}

fn keys_in(schema: &Value) -> BTreeSet<String> {
    assert_eq!(schema["additionalProperties"], Value::Bool(false));
    schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

fn words_in(schema: &Value) -> BTreeSet<String> {
    schema["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap().to_string())
        .collect()
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_string()).collect()
}

#[test]
fn the_schema_for_editors_has_the_keys_of_the_reader() {
    let schema = schema();
    let definitions = &schema["$defs"];
    let pairs = [
        (keys_in(&schema), keys_of::<PolicyFile>()),
        (keys_in(&definitions["settings"]), keys_of::<Settings>()),
        (
            keys_in(&definitions["deprecation"]),
            keys_of::<DeprecationPolicy>(),
        ),
        (keys_in(&definitions["hold"]), keys_of::<HoldPolicy>()),
        (keys_in(&definitions["table"]), keys_of::<TablePolicy>()),
        (keys_in(&definitions["keep"]), keys_of::<KeepPolicy>()),
        (keys_in(&definitions["none"]), keys_of::<NonePolicy>()),
        (keys_in(&definitions["column"]), keys_of::<ColumnPolicy>()),
        (keys_in(&definitions["reference"]), keys_of::<ReferencePolicy>()),
        (keys_in(&definitions["match"]), keys_of::<MatchPolicy>()),
        (keys_in(&definitions["retain"]), keys_of::<RetainPolicy>()),
    ];
    for (told, read) in pairs {
        assert!(read.len() > 1);
        assert_eq!(told, read);
    }
}

#[test]
fn the_schema_for_editors_has_the_words_of_the_reader() {
    let schema = schema();
    let definitions = &schema["$defs"];
    let column = &definitions["column"]["properties"];
    let table = &definitions["table"]["properties"];
    let pairs = [
        (words_in(&column["class"]), words_of::<Class>()),
        (words_in(&column["mask"]), words_of::<Mask>()),
        (words_in(&column["basis"]), set(super::super::column::BASES)),
        (words_in(&column["source"]), set(super::super::column::SOURCES)),
        (
            words_in(&definitions["export"]["items"]),
            words_of::<ExportWord>(),
        ),
        (words_in(&definitions["then"]), words_of::<Then>()),
        (words_in(&table["owner"]), words_of::<OwnerWord>()),
        (words_in(&table["area"]), words_of::<Area>()),
        (words_in(&table["on_address"]), words_of::<AddressWord>()),
    ];
    for (told, read) in pairs {
        assert!(read.len() > 1);
        assert_eq!(told, read);
    }
}

#[test]
fn every_strategy_of_the_schema_is_understood() {
    let schema = schema();
    let strategies =
        |definition: &str, key: &str| words_in(&schema["$defs"][definition]["properties"][key]["oneOf"][0]);
    for word in strategies("column", "erase") {
        let decision =
            format!("{{ class = \"none\", export = [], erase = \"{word}\", description = \"x\" }}");
        let text =
            super::edit::Text::built_in().adding("tables.messages.columns", &format!("zzz = {decision}"));
        let faults = super::faults(&text);
        assert_eq!(faults.len(), 1, "{word}: {}", super::told(&faults));
        assert_eq!(faults[0].kind.as_str(), "column_unknown");
        assert!(super::super::column::erase_word(&word).is_some(), "{word}");
    }
    for word in strategies("reference", "on_erase") {
        assert!(super::super::reference::on_erase_word(&word).is_some(), "{word}");
    }
}
