//! Mappings, and what is said about those that do not hold together.

use super::*;

const EXAMPLE: &str = include_str!("../../../examples/import-mapping.toml");

#[test]
fn the_example_that_people_copy_is_a_mapping() {
    let mapping = Mapping::parse(EXAMPLE, "example").unwrap();
    assert_eq!(
        (mapping.source.as_str(), mapping.list.as_deref()),
        ("old-crm", Some("Newsletter"))
    );
    assert_eq!(
        (mapping.delimiter, mapping.encoding),
        (b';', Some(encoding_rs::WINDOWS_1252))
    );
    assert_eq!(mapping.columns.len(), 10);
    let status = mapping.status.unwrap();
    let blocked = Status {
        on_list: ProfileStatus::Unsubscribed,
        person: Some(SubscriberStatus::Blocklisted),
    };
    assert_eq!((status.values["gesperrt"], status.otherwise), (blocked, None));
}

#[test]
fn every_fault_of_a_mapping_is_named_with_its_line_and_the_nearest_known_word() {
    let least = "source = \"crm\"\n[columns]\nMail = \"email\"\n";
    let column = |value: &str| format!("{least}Other = {value}\n");
    let top = |line: &str| format!("{line}\n{least}");
    let status = |lines: &str| format!("{least}[status]\n{lines}\n");
    let cases: Vec<(String, &[&str])> = vec![
        (String::new(), &["missing field \"source\""]),
        (
            top("delimeter = \",\""),
            &["(line 1)", "\"delimeter\"", "did you mean delimiter?"],
        ),
        (top("delimiter = \";;\""), &["(line 1)", "one ASCII character"]),
        (top("delimiter = 5"), &["(line 1)", "expected a string"]),
        (
            top("encoding = \"klingon\""),
            &["\"klingon\" is not a known encoding"],
        ),
        (top("dates = \"%Q\""), &["dates = \"%Q\"", "%d.%m.%Y"]),
        (top("offset = \"Berlin\""), &["offset = \"Berlin\"", "+01:00"]),
        (
            "source = \" \"\n[columns]\nMail = \"email\"".to_owned(),
            &["empty source"],
        ),
        (
            "source = \"crm\"\n[columns]\n".to_owned(),
            &["exactly one column to email, and gives 0"],
        ),
        (column("\"email\""), &["exactly one column to email, and gives 2"]),
        (
            column("\"frist_name\""),
            &["(line 4)", "\"frist_name\"", "did you mean first_name?"],
        ),
        (column("7"), &["(line 4)", "a field's name such as \"email\""]),
        (
            column("{ feild = \"x\" }"),
            &["(line 4)", "\"feild\"", "did you mean field?"],
        ),
        (
            column("{ field = \"x\", kind = \"nummer\" }"),
            &["(line 4)", "did you mean number?"],
        ),
        (
            column("{ field = \"x\", class = \"specal\" }"),
            &["(line 4)", "did you mean special?"],
        ),
        (
            column("{ field = \"x\", tags = \"|\" }"),
            &["either field or tags"],
        ),
        (column("{ kind = \"text\" }"), &["either field or tags"]),
        (column("{ tags = \"\" }"), &["a separator must not be empty"]),
        (
            column("{ field = \"x\", tag = \"shoe size\" }"),
            &["\"Other\" a tag that is not like SHOE_SIZE"],
        ),
        (
            format!("{}Third = \"phone\"\n", column("\"phone\"")),
            &["to a field that another column has as well"],
        ),
        (
            status("column = \"Mail\"\nvalues = {}"),
            &["column \"Mail\" under columns and as status"],
        ),
        (
            status("column = \"S\"\nvalues = { on = \"subscribd\" }"),
            &["(line 6)", "did you mean subscribed?"],
        ),
        (
            status("column = \"S\"\nvalues = {}\nothers = \"x\""),
            &["\"others\"", "otherwise"],
        ),
        ("source = ".to_owned(), &["(line 1)"]),
    ];
    for (text, expected) in cases {
        let message = Mapping::parse(&text, "m.toml")
            .map(|_| ())
            .expect_err(&text)
            .to_string();
        for part in expected {
            assert!(message.contains(part), "{part:?} is missing from {message:?}");
        }
    }
    let message = Mapping::read("/nowhere/m.toml".as_ref()).unwrap_err().to_string();
    assert!(message.contains("/nowhere/m.toml cannot be read"), "{message}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_mapping_panic(text in "\\PC{0,80}", line in "[a-z]{1,10} = [\"{}a-z,=% ]{0,20}") {
        let _ = Mapping::parse(&text, "m.toml");
        let _ = Mapping::parse(&format!("source = \"a\"\n{line}\n[columns]\n{line}"), "m.toml");
    }
}
