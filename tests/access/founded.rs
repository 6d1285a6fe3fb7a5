//! Founds the installation that is asked about: rows of everything in two accounts, and people with all kinds of rights.

use std::collections::BTreeSet;

use postern::access::viewer::Viewer;
use postern::cell::Cell;
use postern::store::identity;
use postern::work::installation::Installation;
use postern::work::{founding, sign_in};
use uuid::Uuid;

use super::fill::{Draft, Filler, Set, Ties};
use super::law::{Law, Reach, Rights};
use super::oracle::Person;
use super::world::{Closed, World};
use crate::kit::home::Home;
use crate::kit::inside;

/// The two accounts.
pub const ACME: &str = "Acme";
pub const GLOBEX: &str = "Globex";
/// The sets of Acme: two that hang on the lists that managers have, two on others, and some that are tied to both.
const MANAGED: usize = 2;
const OTHERS: usize = 2;
const MIXED: usize = 4;

/// What a custom group grants: a type and a verb, in all rows or in some of the account's lists, by their numbers.
pub type Granted = (String, &'static str, Option<Vec<usize>>);

/// A group that somebody is a member of.
pub enum Group {
    /// One that every installation has.
    BuiltIn(&'static str),
    /// One with grants of its own; the grants of the second list have expired.
    Own(Vec<Granted>, Vec<Granted>),
    /// One of which the membership has expired.
    Left(Vec<Granted>),
}
/// An installation that is being filled.
pub struct Founded {
    pub home: Home,
    pub installation: Installation,
    pub operator: Uuid,
    pub acme: Uuid,
    pub globex: Uuid,
    pub people: Vec<Person>,
    law: Law,
    lists: [Vec<Uuid>; 2],
}

impl Founded {
    /// Both accounts with rows of everything, and the built-in groups.
    pub async fn on(home: Home) -> Founded {
        let installation = inside::installation(&home).await;
        let platform = founding::platform(&installation)
            .await
            .expect("the platform is made");
        let operator = platform.operator;
        let mut filler = Filler::new(&installation, operator, 1);
        let acme = filler.account(ACME).await;
        let globex = filler.account(GLOBEX).await;
        let mut sets = Vec::new();
        for number in 0..MANAGED + OTHERS + MIXED {
            let ties = match number < MANAGED + OTHERS {
                true => Ties::Own,
                false => Ties::Mixed,
            };
            sets.push(Set {
                account: acme,
                ties,
                number,
            });
        }
        for number in [0, MANAGED, MANAGED + OTHERS] {
            let ties = match number < MANAGED + OTHERS {
                true => Ties::Own,
                false => Ties::Mixed,
            };
            sets.push(Set {
                account: globex,
                ties,
                number,
            });
        }
        filler.fill(&sets).await;
        let lists = [acme, globex].map(|account| {
            let own = sets.iter().filter(|set| set.account == account);
            own.map(|set| filler.id("lists", set)).collect()
        });
        for account in [acme, globex] {
            let viewer = Viewer::at_the_machine(&installation.catalog, operator, account);
            founding::add_groups(&installation, &viewer)
                .await
                .expect("groups are made");
        }
        Founded {
            law: Law::read(),
            people: Vec::new(),
            home,
            installation,
            operator,
            acme,
            globex,
            lists,
        }
    }

    /// Somebody in each built-in group of Acme, the operators among them, and the other account's owner.
    pub async fn with_everybody(mut self) -> Founded {
        self.name_lists("manager").await;
        let groups: Vec<String> = self.law.groups().into_iter().map(str::to_owned).collect();
        for group in groups {
            let group: &'static str = Box::leak(group.into_boxed_str());
            self.person(group, ACME, &[Group::BuiltIn(group)]).await;
        }
        self.person("another account's owner", GLOBEX, &[Group::BuiltIn("owner")])
            .await;
        self
    }

    fn account(&self, name: &str) -> (Uuid, &[Uuid]) {
        match name {
            ACME => (self.acme, &self.lists[0]),
            GLOBEX => (self.globex, &self.lists[1]),
            other => panic!("there is no account {other}"),
        }
    }

    /// How many lists an account has.
    pub fn lists_of(&self, account: &str) -> usize {
        self.account(account).1.len()
    }

    /// The types that rights can be about.
    pub fn types(&self) -> Vec<String> {
        let tables = self.law.tables.values().filter(|table| table.in_api);
        tables.map(|table| table.name.clone()).collect()
    }

    /// Names the managed lists in a built-in group's grants.
    async fn name_lists(&self, group: &str) {
        let grant = vec![("List".to_owned(), "read", Some((0..MANAGED).collect()))];
        let group = self.built_in(self.acme, group).await;
        self.grant(ACME, group, &grant, None).await;
    }

    async fn built_in(&self, account: Uuid, name: &str) -> Uuid {
        let found = identity::group(&self.installation.database, account, name).await;
        found
            .expect("groups can be read")
            .unwrap_or_else(|| panic!("no group {name}"))
    }

    async fn put(&self, account: Uuid, table: &str, rows: Vec<Vec<(&str, Cell)>>) {
        let now = self.installation.clock.now();
        let drafts = rows.into_iter().map(|given| {
            let mut row: Draft = given
                .into_iter()
                .map(|(name, cell)| (name.to_owned(), cell))
                .collect();
            for column in ["created_at", "updated_at"] {
                if self.installation.catalog.table(table).find(column).is_some() {
                    row.insert(column.to_owned(), now.into());
                }
            }
            row
        });
        let filler = Filler::new(&self.installation, self.operator, 0);
        filler.write(account, table, drafts.collect()).await;
    }

    async fn grant(&self, account: &str, group: Uuid, granted: &[Granted], ends: Option<Cell>) {
        let (account, lists) = self.account(account);
        let (mut grants, mut reached) = (Vec::new(), Vec::new());
        for (of, verb, named) in granted {
            let id = self.installation.new_id();
            grants.push(vec![
                ("id", id.into()),
                ("group_id", group.into()),
                ("resource", of.as_str().into()),
                ("verb", (*verb).into()),
                ("all_lists", named.is_none().into()),
                ("expires_at", ends.clone().unwrap_or_default()),
            ]);
            for number in named.iter().flatten() {
                reached.push(vec![
                    ("id", Cell::Uuid(self.installation.new_id())),
                    ("grant_id", id.into()),
                    ("list_id", lists[*number].into()),
                ]);
            }
        }
        for (table, rows) in [("grants", grants), ("grant_lists", reached)] {
            if !rows.is_empty() {
                self.put(account, table, rows).await;
            }
        }
    }

    /// A new user with these groups. Of the groups of the platform's own people it is a member in the platform's
    /// account, and asks in the one named.
    pub async fn person(&mut self, name: &str, account: &'static str, groups: &[Group]) {
        let (id, lists) = self.account(account);
        let lists = lists.to_vec();
        let number = self.people.len();
        let user = self.installation.new_id();
        let email = format!("person{number}@work.example");
        let row = vec![
            ("id", user.into()),
            ("email", email.as_str().into()),
            ("email_normalized", email.as_str().into()),
            ("status", "enabled".into()),
        ];
        self.put(id, "users", vec![row]).await;
        let past = self.installation.clock.now() - chrono::TimeDelta::minutes(1);
        let mut rights = Rights::default();
        let mut names = Vec::new();
        let mut header = None;
        for (place, group) in groups.iter().enumerate() {
            let (home, group, expires_at) = match group {
                Group::BuiltIn(group) => {
                    let is_platforms = ["support", "admin"].contains(group);
                    let home = match is_platforms {
                        true => {
                            header = Some(account);
                            let platform = identity::account(&self.installation.database, founding::PLATFORM);
                            platform
                                .await
                                .expect("accounts can be read")
                                .expect("there is the platform")
                                .0
                        }
                        false => id,
                    };
                    let named: BTreeSet<Uuid> = lists[..MANAGED.min(lists.len())].iter().copied().collect();
                    add(&mut rights, self.law.rights_of(group, &named));
                    names.push((*group).to_owned());
                    (home, self.built_in(home, group).await, Cell::Null)
                }
                Group::Own(..) | Group::Left(_) => {
                    let own = self.installation.new_id();
                    let name = format!("group {number}.{place}");
                    let row = vec![("id", own.into()), ("name", name.as_str().into())];
                    self.put(id, "user_groups", vec![row]).await;
                    let expires_at = match group {
                        Group::Own(running, expired) => {
                            self.grant(account, own, running, None).await;
                            self.grant(account, own, expired, Some(past.into())).await;
                            for (of, verb, named) in running {
                                self.count(&mut rights, of, verb, named.as_deref(), &lists);
                            }
                            names.push(name);
                            Cell::Null
                        }
                        Group::Left(granted) => {
                            self.grant(account, own, granted, None).await;
                            past.into()
                        }
                        Group::BuiltIn(_) => unreachable!("has no grants of its own"),
                    };
                    (id, own, expires_at)
                }
            };
            let row = vec![
                ("id", self.installation.new_id().into()),
                ("group_id", group.into()),
                ("user_id", user.into()),
                ("expires_at", expires_at),
            ];
            self.put(home, "group_members", vec![row]).await;
        }
        let token = sign_in::token(&self.installation, user, None)
            .expect("a token is made")
            .token;
        self.people.push(Person {
            name: name.to_owned(),
            user,
            account: id,
            groups: names,
            header,
            token,
            rights,
        });
    }

    /// Adds one grant of named lists, or of all rows. Named lists reach nothing where no way leads to lists.
    fn count(&self, rights: &mut Rights, of: &str, verb: &str, named: Option<&[usize]>, lists: &[Uuid]) {
        let table = &self.law.tables[self.law.table_of(of)];
        let reach = match named {
            None => Reach::All,
            Some(_) if table.scope.is_empty() => Reach::Nothing,
            Some(named) => Reach::Lists(named.iter().map(|number| lists[*number]).collect()),
        };
        rights.add(of, verb, reach);
    }

    /// Everything is written; now it is asked about.
    pub async fn open(self) -> World {
        let installation = self.installation.clone();
        let closed = Closed {
            home: self.home,
            operator: self.operator,
            acme: self.acme,
            globex: self.globex,
            people: self.people,
        };
        World::over(closed, installation).await
    }
}

impl Founded {
    /// Everything is written; now it is copied.
    pub async fn close(self) -> Closed {
        self.installation.database.close().await;
        Closed {
            home: self.home,
            operator: self.operator,
            acme: self.acme,
            globex: self.globex,
            people: self.people,
        }
    }
}
fn add(rights: &mut Rights, others: Rights) {
    for (of, verb, reach) in others.all() {
        rights.add(of, verb, reach.clone());
    }
}
