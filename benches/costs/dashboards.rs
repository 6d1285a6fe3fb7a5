//! Ten questions as dashboards ask them, each with the number of statements that it may send: one for each connection
//! and relation after merging by response path, and one for each node. Knows nothing of how they are sent.

use serde_json::{Value, json};

use crate::world::World;

/// A question and what it may send.
pub struct Dashboard {
    /// What it shows.
    pub name: &'static str,
    /// The document.
    pub document: &'static str,
    /// The fields that lead to rows, by their response paths: as many statements may be sent.
    pub levels: &'static [&'static str],
    /// Its variables.
    pub variables: Value,
}

/// The ten.
pub fn dashboards(world: &World) -> Vec<Dashboard> {
    let list = json!({ "id": world.list_id });
    let dashboard = |name, document, levels, variables: &Value| Dashboard {
        name,
        document,
        levels,
        variables: variables.clone(),
    };
    let none = json!({});
    vec![
        dashboard(
            "overview of the account",
            "{ account { name companyName } lists(first: 10) { nodes { name profileCount subscribedCount } } \
             campaigns(first: 5, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { name sendAt \
             deliveryCount openCount clickCount } } }",
            &["account", "lists", "campaigns"],
            &none,
        ),
        dashboard(
            "lists with their last campaigns",
            "{ lists(first: 10) { nodes { id name subscribedCount campaigns(first: 5, orderBy: [{ field: CREATED_AT, \
             direction: DESC }]) { nodes { name uniqueOpenCount uniqueClickCount bounceCount } } } } }",
            &["lists", "lists.campaigns"],
            &none,
        ),
        dashboard(
            "a list with its fields, segments and newest people",
            "query($id: ID!) { node(id: $id) { ... on List { name fields(first: 20) { nodes { tag label } } \
             segments(first: 5) { nodes { name } } profiles(first: 10, orderBy: [{ field: CREATED_AT, direction: DESC \
             }]) { nodes { status subscriber { email } } } } } }",
            &[
                "node",
                "node.fields",
                "node.segments",
                "node.profiles",
                "node.profiles.subscriber",
            ],
            &list,
        ),
        dashboard(
            "a page of people with custom values",
            "query($id: ID!) { node(id: $id) { ... on List { profiles(first: 100) { nodes { status subscriber { \
             email firstName } values { value field { tag } } } } } } }",
            &[
                "node",
                "node.profiles",
                "node.profiles.subscriber",
                "node.profiles.values",
                "node.profiles.values.field",
            ],
            &list,
        ),
        dashboard(
            "the last campaign with links, bounces and who left",
            "{ campaigns(first: 1, orderBy: [{ field: CREATED_AT, direction: DESC }]) { nodes { name list { name } \
             links(first: 20) { nodes { url clickCount uniqueClickCount } } bounces(first: 5) { nodes { kind code } } \
             unsubscribes(first: 5) { nodes { reason } } } } }",
            &[
                "campaigns",
                "campaigns.list",
                "campaigns.links",
                "campaigns.bounces",
                "campaigns.unsubscribes",
            ],
            &none,
        ),
        dashboard(
            "deliveries of a campaign with who opened",
            "{ campaigns(first: 1) { nodes { deliveries(first: 20, orderBy: [{ field: SENT_AT, direction: DESC }]) { \
             nodes { status sentAt subscriber { email } opens(first: 1) { nodes { openedAt browser } } } } } } }",
            &[
                "campaigns",
                "campaigns.deliveries",
                "campaigns.deliveries.subscriber",
                "campaigns.deliveries.opens",
            ],
            &none,
        ),
        dashboard(
            "what happened with one person",
            "{ subscribers(last: 1) { nodes { email profiles(first: 10) { nodes { status list { name } } } \
             deliveries(first: 10, orderBy: [{ field: SENT_AT, direction: DESC }]) { nodes { sentAt campaign { \
             subject } } } opens(last: 5) { nodes { openedAt } } clicks(last: 5) { nodes { clickedAt } } } } }",
            &[
                "subscribers",
                "subscribers.profiles",
                "subscribers.profiles.list",
                "subscribers.deliveries",
                "subscribers.deliveries.campaign",
                "subscribers.opens",
                "subscribers.clicks",
            ],
            &none,
        ),
        dashboard(
            "people by the beginning of an address",
            "{ subscribers(first: 20, filter: { email: { startsWith: \"ana.1\" } }) { nodes { email profiles(first: \
             5) { nodes { status list { name } } } } totalCount { value } } }",
            &["subscribers", "subscribers.profiles", "subscribers.profiles.list"],
            &none,
        ),
        dashboard(
            "lists, people and their last opens",
            "{ lists(first: 10) { nodes { name profiles(first: 10) { nodes { subscriber { email opens(first: 3, \
             orderBy: [{ field: OPENED_AT, direction: DESC }]) { nodes { openedAt kind } } } } } } } }",
            &[
                "lists",
                "lists.profiles",
                "lists.profiles.subscriber",
                "lists.profiles.subscriber.opens",
            ],
            &none,
        ),
        dashboard(
            "last activity of five campaigns, by fragments and aliases",
            "query { campaigns(first: 5) { ...names } campaigns(first: 5) { nodes { opened: opens(last: 3) { nodes { \
             openedAt } } clicked: clicks(last: 3) { nodes { clickedAt } } } } } fragment names on CampaignConnection \
             { nodes { name list { name } } }",
            &[
                "campaigns",
                "campaigns.list",
                "campaigns.opened",
                "campaigns.clicked",
            ],
            &none,
        ),
    ]
}
