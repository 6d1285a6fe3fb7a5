//! Bundles are handed over to whoever may have them, by header or by link, resumed by tools that everybody has, at any
//! speed; and of every scope strangers say that they are in order.

mod downloads;
mod object_storage;
mod scopes;
mod volumes;

use std::time::Duration;

use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

/// How long a bundle may take; the machine may be busy.
const JOB: Duration = Duration::from_secs(120);

/// A gateway with a bundle that is ready: its export's id, and the token of who asked for it.
struct Ready {
    gateway: Gateway,
    token: String,
    id: String,
    home: Home,
}

impl Ready {
    async fn with(home: Home, subscribers: u32) -> Ready {
        company::found(&home, subscribers).await;
        let gateway = Gateway::serve(&home, &[]).await;
        let token = company::token(&home, "owner@acme.test");
        let id = company::exported(&gateway.client, &token).await;
        wait_until("the bundle is ready", JOB, async || {
            company::export_state(&gateway.client, &token, &id).await.0 == "READY"
        })
        .await;
        Ready {
            gateway,
            token,
            id,
            home,
        }
    }

    fn path(&self) -> String {
        format!("/exports/{}/bundle", self.id)
    }
}
