//! An account with rows in each table, which refer to one another.

use chrono::TimeDelta;
use postern::access::viewer::Viewer;
use postern::clock::Clock;
use postern::work::founding;
use postern::work::installation::Installation;
use uuid::Uuid;

use crate::access::fill::{Filler, Set, Ties};
use crate::kit::home::Home;
use crate::kit::inside;

/// The account's name.
pub const NAME: &str = "Ending";

/// An installation with the account.
pub struct Filled {
    pub home: Home,
    pub installation: Installation,
    pub account: Uuid,
}

impl Filled {
    /// One on each store.
    pub async fn each() -> Vec<Filled> {
        let mut all = Vec::new();
        for home in Home::each().await {
            all.push(Filled::on(home).await);
        }
        all
    }

    async fn on(home: Home) -> Filled {
        home.run(&["migrate"]).well();
        let installation = inside::installation(&home).await;
        let platform = founding::platform(&installation).await.expect("a platform");
        let mut filler = Filler::new(&installation, platform.operator, 5);
        let account = filler.account(NAME).await;
        let set = |number| Set {
            account,
            ties: Ties::Own,
            number,
        };
        filler.fill(&[set(0), set(1)]).await;
        settle(&home).await;
        Filled {
            home,
            installation,
            account,
        }
    }

    pub fn viewer(&self) -> Viewer {
        Viewer::at_the_machine(&self.installation.catalog, Uuid::nil(), self.account)
    }

    /// From now on it is so much later.
    pub fn wait(&mut self, time: TimeDelta) {
        self.installation.clock = Clock::starting_at(self.installation.clock.now() + time);
    }
}

/// Ends what made-up rows say of work that is under way, so that nothing of it forbids anything.
pub async fn settle(home: &Home) {
    for sql in [
        "UPDATE legal_holds SET subscriber_id = NULL",
        "UPDATE erasures SET state = 'expired', subject_sealed = NULL, account_closed_at = NULL",
        "UPDATE exports SET state = 'expired', bundle_name = NULL",
        "UPDATE imports SET state = 'expired', rejects_name = NULL",
        "UPDATE transfers SET state = 'failed'",
        "UPDATE campaigns SET status = 'sent'",
    ] {
        home.tamper(sql).await;
    }
}
