//! The operations under way on one socket: each is a task of its own that hands its answers to the socket.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::task::AbortOnDropHandle;

use super::crowd::Place;
use crate::api::answer::Answer;
use crate::api::service::{Ending, GraphqlService, Request};

/// Answers that wait for the socket; an operation that has more waits itself.
const WAITING: usize = 16;

/// What an operation says. The number tells operations apart that had the same id one after another.
pub(super) struct News {
    pub(super) number: u64,
    pub(super) what: What,
}

/// What there is to say.
pub(super) enum What {
    Answer(Answer),
    Ended(Ending),
}

/// The operations of one socket. Dropping it ends them all.
pub(super) struct Operations {
    service: Arc<dyn GraphqlService>,
    last: u64,
    under_way: HashMap<String, Running>,
    news: (Sender<News>, Receiver<News>),
}

struct Running {
    number: u64,
    task: AbortOnDropHandle<()>,
    /// Held for what its drop does.
    _place: Place,
}

impl Operations {
    pub(super) fn new(service: Arc<dyn GraphqlService>) -> Operations {
        Operations {
            service,
            last: 0,
            under_way: HashMap::new(),
            news: mpsc::channel(WAITING),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.under_way.len()
    }

    /// Whether one with this id is under way.
    pub(super) fn has(&self, id: &str) -> bool {
        self.under_way.contains_key(id)
    }

    /// Begins one.
    pub(super) fn begin(&mut self, id: String, request: Request, place: Place) {
        self.last += 1;
        let running = run(self.service.clone(), request, self.last, self.news.0.clone());
        let running = Running {
            number: self.last,
            task: AbortOnDropHandle::new(tokio::spawn(running)),
            _place: place,
        };
        self.under_way.insert(id, running);
    }

    /// Ends one, if it is under way.
    pub(super) fn end(&mut self, id: &str) {
        self.under_way.remove(id);
    }

    /// Forgets one that has said its last answer; how it ended may still be told.
    pub(super) fn forget(&mut self, id: &str) {
        if let Some(running) = self.under_way.remove(id) {
            drop(running.task.detach());
        }
    }

    /// The next thing that one of them has to say. May be dropped and asked again.
    pub(super) async fn news(&mut self) -> News {
        loop {
            if let Some(news) = self.news.1.recv().await {
                return news;
            }
        }
    }

    /// The id of the operation with this number, while it is under way.
    pub(super) fn id_of(&self, number: u64) -> Option<String> {
        let (id, _) = self
            .under_way
            .iter()
            .find(|(_, running)| running.number == number)?;
        Some(id.clone())
    }
}

async fn run(service: Arc<dyn GraphqlService>, request: Request, number: u64, news: Sender<News>) {
    let (answers, mut given) = mpsc::channel(1);
    let handing_on = async {
        while let Some(answer) = given.recv().await {
            let what = What::Answer(answer);
            if news.send(News { number, what }).await.is_err() {
                return;
            }
        }
    };
    let (ending, ()) = tokio::join!(service.converse(request, answers), handing_on);
    let what = What::Ended(ending);
    // A socket that is gone needs no end.
    let _ = news.send(News { number, what }).await;
}
