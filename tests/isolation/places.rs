//! Where the schema takes ids, and how each place is tried.

use std::collections::BTreeSet;

use postern::catalog::{Catalog, DEFAULT_POLICY, Removal};

/// Every place of the schema that takes an id. A new one has to be tried, too.
pub fn places() -> BTreeSet<String> {
    let deletions = deletions().into_iter();
    let deletions = deletions.map(|(of, field)| format!("Delete{of}Input.{field}"));
    PLACES
        .iter()
        .map(|place| (*place).to_owned())
        .chain(deletions)
        .collect()
}

/// Mutations that take an id: those that are written out, and the deletions, which follow from the policy.
pub fn mutations() -> Vec<(String, String, String)> {
    let written = MUTATIONS
        .iter()
        .map(|(of, verb, input)| ((*of).to_owned(), (*verb).to_owned(), (*input).to_owned()));
    let deletions = deletions().into_iter().map(|(of, field)| {
        let verb = format!("delete{of}");
        (of, verb, format!("{{{field}: $id}}"))
    });
    written.chain(deletions).collect()
}

/// The types whose rows are deleted, each with the field that names the row.
fn deletions() -> Vec<(String, String)> {
    let catalog = Catalog::load(DEFAULT_POLICY).expect("the built-in policy is sound");
    let deleted = catalog
        .resources()
        .filter(|resource| resource.removal == Some(Removal::Delete));
    deleted
        .map(|resource| {
            let field = format!("{}{}", resource.name[..1].to_lowercase(), &resource.name[1..]);
            (resource.name.clone(), field)
        })
        .collect()
}

const PLACES: [&str; 45] = [
    "AddGrantInput.group",
    "AddGroupMemberInput.group",
    "AddGroupMemberInput.user",
    "CancelErasureInput.erasure",
    "CancelExportInput.export",
    "CancelImportInput.import",
    "CancelTransferInput.transfer",
    "ConfirmErasureInput.erasure",
    "CreateApiKeyInput.group",
    "CreateDownloadLinkInput.export",
    "DeleteUserGroupInput.group",
    "DisableUserInput.user",
    "EnableUserInput.user",
    "ExportScopeInput.campaign",
    "ExportScopeInput.list",
    "GrantInput.lists",
    "InviteUserInput.group",
    "LiftRestrictionInput.restriction",
    "PauseErasureInput.erasure",
    "Query.node(id)",
    "Query.nodes(ids)",
    "RemoveGrantInput.grant",
    "RemoveGroupMemberInput.group",
    "RemoveGroupMemberInput.user",
    "RemoveUserInput.user",
    "ReportErasureRecipientInput.recipient",
    "RequestImportInput.list",
    "RequestImportInput.upload",
    "ResumeErasureInput.erasure",
    "RevokeApiKeyInput.apiKey",
    "RotateApiKeyInput.apiKey",
    "SetGrantsInput.group",
    "SubscribeInput.list",
    "SubscriberInput.id",
    "Subscription.jobProgress(id)",
    "SuppressionInput.id",
    "TransferExportInput.export",
    "UnsubscribeInput.campaign",
    "UnsubscribeInput.list",
    "UpdateSubscriberInput.subscriber",
    "UpdateSubscriberProfileInput.subscriberProfile",
    "UpdateUserGroupInput.group",
    "UpdateUserInput.user",
    "WithdrawConsentInput.consent",
    "WithdrawInvitationInput.invitation",
];

/// Each with the type of the id and an input that leads there. Where an input takes two, the
/// second is tried by `tests/writes` and `tests/imports`, which have the first one right.
const MUTATIONS: [(&str, &str, &str); 40] = [
    (
        "Export",
        "cancelExport",
        "{export: $id, idempotencyKey: \"foreign-1\"}",
    ),
    (
        "Erasure",
        "cancelErasure",
        "{erasure: $id, idempotencyKey: \"foreign-2\"}",
    ),
    (
        "Erasure",
        "confirmErasure",
        "{erasure: $id, planHash: \"0\", idempotencyKey: \"foreign-3\"}",
    ),
    (
        "Subscriber",
        "requestExport",
        "{scope: {subscriber: {id: $id}}, idempotencyKey: \"foreign-4\"}",
    ),
    (
        "Subscriber",
        "planErasure",
        "{subscriber: {id: $id}, idempotencyKey: \"foreign-5\"}",
    ),
    (
        "ErasureRecipient",
        "reportErasureRecipient",
        "{recipient: $id, state: CONFIRMED}",
    ),
    (
        "List",
        "requestExport",
        "{scope: {list: $id}, idempotencyKey: \"foreign-6\"}",
    ),
    (
        "Campaign",
        "requestExport",
        "{scope: {campaign: $id}, idempotencyKey: \"foreign-7\"}",
    ),
    (
        "Subscriber",
        "updateSubscriber",
        "{subscriber: $id, firstName: \"X\"}",
    ),
    (
        "Subscriber",
        "updateSubscriber",
        "{subscriber: $id, email: \"x@example.test\"}",
    ),
    (
        "SubscriberProfile",
        "updateSubscriberProfile",
        "{subscriberProfile: $id, values: [{tag: \"X\", values: []}]}",
    ),
    ("List", "subscribe", "{list: $id, email: \"x@example.test\"}"),
    (
        "List",
        "unsubscribe",
        "{list: $id, subscriber: {email: \"x@example.test\"}}",
    ),
    ("SuppressionEntry", "release", "{entry: {id: $id}}"),
    ("Consent", "withdrawConsent", "{consent: $id}"),
    (
        "Subscriber",
        "restrictProcessing",
        "{subscriber: {id: $id}, kind: OBJECTION}",
    ),
    ("ProcessingRestriction", "liftRestriction", "{restriction: $id}"),
    ("User", "updateUser", "{user: $id, name: \"X\"}"),
    ("User", "disableUser", "{user: $id}"),
    ("User", "enableUser", "{user: $id}"),
    ("User", "removeUser", "{user: $id}"),
    (
        "UserGroup",
        "inviteUser",
        "{group: $id, email: \"guest@example.test\"}",
    ),
    ("Invitation", "withdrawInvitation", "{invitation: $id}"),
    ("UserGroup", "updateUserGroup", "{group: $id, name: \"X\"}"),
    ("UserGroup", "deleteUserGroup", "{group: $id}"),
    ("UserGroup", "addGroupMember", "{group: $id, user: $id}"),
    ("UserGroup", "removeGroupMember", "{group: $id, user: $id}"),
    (
        "UserGroup",
        "addGrant",
        "{group: $id, grant: {resource: \"List\", verb: READ}}",
    ),
    ("UserGroup", "setGrants", "{group: $id, grants: []}"),
    ("UserGroup", "createApiKey", "{group: $id, name: \"X\"}"),
    ("Grant", "removeGrant", "{grant: $id}"),
    ("ApiKey", "rotateApiKey", "{apiKey: $id}"),
    ("ApiKey", "revokeApiKey", "{apiKey: $id}"),
    ("Export", "createDownloadLink", "{export: $id}"),
    (
        "Import",
        "cancelImport",
        "{import: $id, idempotencyKey: \"foreign-8\"}",
    ),
    (
        "Upload",
        "requestImport",
        "{upload: $id, dryRun: true, idempotencyKey: \"foreign-9\"}",
    ),
    (
        "Export",
        "transferExport",
        "{export: $id, target: \"https://receiver.example/\", idempotencyKey: \"foreign-10\"}",
    ),
    (
        "Transfer",
        "cancelTransfer",
        "{transfer: $id, idempotencyKey: \"foreign-11\"}",
    ),
    (
        "Erasure",
        "pauseErasure",
        "{erasure: $id, idempotencyKey: \"foreign-12\"}",
    ),
    (
        "Erasure",
        "resumeErasure",
        "{erasure: $id, idempotencyKey: \"foreign-13\"}",
    ),
];

/// The document that calls a mutation with an id.
pub fn document(verb: &str, input: &str) -> String {
    format!("mutation ($id: ID!) {{ {verb}(input: {input}) {{ userErrors {{ code message field }} }} }}")
}
