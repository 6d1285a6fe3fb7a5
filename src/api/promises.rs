//! The mutations' verbs, each handed to the promise that keeps it.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use uuid::Uuid;

use super::mutation::{
    Cancel, ConfirmErasure, MutationService, PlanErasure, RequestExport, SignIn, SignedIn, SubscriberChoice,
};
use crate::access::viewer::Viewer;
use crate::error::Result;
use crate::plan::slice::BundleKind;
use crate::work::erase::plan::{self as erasure, ErasureRequest};
use crate::work::export::request::{self as export, ExportRequest, Formats};
use crate::work::installation::Installation;
use crate::work::person;
use crate::work::sign_in::SignInDesk;

/// Keeps the promises of the mutations in one installation.
pub struct Promises {
    installation: Installation,
    desk: SignInDesk,
    /// Wakes the workers of this process, so that a job does not wait for the next look at the queue.
    wake: Arc<Notify>,
}

impl Promises {
    /// One for the whole gateway.
    pub fn new(installation: Installation, wake: Arc<Notify>) -> Result<Promises> {
        Ok(Promises {
            desk: SignInDesk::new(installation.clone())?,
            installation,
            wake,
        })
    }
}

fn choice(input: SubscriberChoice) -> person::SubscriberChoice {
    match input {
        SubscriberChoice::Id(id) => person::SubscriberChoice::Id(id),
        SubscriberChoice::Email(email) => person::SubscriberChoice::Email(email),
    }
}

impl MutationService for Promises {
    fn sign_in(&self, input: SignIn) -> BoxFuture<'_, Result<SignedIn>> {
        async move {
            let signed = self
                .desk
                .sign_in(
                    &input.email,
                    &input.password,
                    input.account.as_deref(),
                    input.client,
                )
                .await?;
            Ok(SignedIn {
                token: signed.token,
                expires_at: signed.expires_at,
            })
        }
        .boxed()
    }

    fn request_export<'a>(&'a self, viewer: &'a Viewer, input: RequestExport) -> BoxFuture<'a, Result<Uuid>> {
        async move {
            let bundle = if input.subscriber.is_some() {
                input.bundle
            } else {
                BundleKind::Account
            };
            let wanted = ExportRequest {
                subscriber: input.subscriber.map(choice),
                bundle,
                formats: Formats {
                    csv: input.csv,
                    ndjson: input.ndjson,
                },
                idempotency_key: input.idempotency_key,
            };
            let id = export::request(&self.installation, viewer, &wanted).await?;
            self.wake.notify_waiters();
            Ok(id)
        }
        .boxed()
    }

    fn cancel_export<'a>(&'a self, viewer: &'a Viewer, input: Cancel) -> BoxFuture<'a, Result<Uuid>> {
        async move {
            export::cancel(&self.installation, viewer, input.job)
                .await
                .map(|()| input.job)
        }
        .boxed()
    }

    fn plan_erasure<'a>(&'a self, viewer: &'a Viewer, input: PlanErasure) -> BoxFuture<'a, Result<Uuid>> {
        async move {
            let wanted = ErasureRequest {
                subscriber: choice(input.subscriber),
                idempotency_key: input.idempotency_key,
            };
            erasure::plan(&self.installation, viewer, &wanted).await
        }
        .boxed()
    }

    fn confirm_erasure<'a>(
        &'a self,
        viewer: &'a Viewer,
        input: ConfirmErasure,
    ) -> BoxFuture<'a, Result<Uuid>> {
        async move {
            erasure::confirm(&self.installation, viewer, input.erasure, &input.plan_hash).await?;
            self.wake.notify_waiters();
            Ok(input.erasure)
        }
        .boxed()
    }

    fn cancel_erasure<'a>(&'a self, viewer: &'a Viewer, input: Cancel) -> BoxFuture<'a, Result<Uuid>> {
        async move {
            erasure::cancel(&self.installation, viewer, input.job)
                .await
                .map(|()| input.job)
        }
        .boxed()
    }
}
