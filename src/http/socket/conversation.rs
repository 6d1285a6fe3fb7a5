//! One socket from its first message to its last: who speaks, what is run for it, and when it ends.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use poem::Upgraded;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use super::close::Close;
use super::crowd::{Crowd, Held, Place};
use super::message::{self, Introduction, Said};
use super::operations::{News, Operations, What};
use crate::api::answer::{Answer, GraphqlError, Outcome};
use crate::api::service::{Credentials, Ending, GraphqlService, Request};
use crate::error::{self, Code};
use crate::http::body::Parameters;
use crate::http::respond;
use crate::http::server::Limits;

/// How long a client may take to read a message.
const WRITE: Duration = Duration::from_secs(10);

/// How long a client gets to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// A year and more: a timer that does not come.
const NEVER: Duration = Duration::from_secs(400 * 24 * 3_600);

/// What a socket is made of.
pub(super) struct Conversation {
    pub(super) service: Arc<dyn GraphqlService>,
    pub(super) crowd: Arc<Crowd>,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
    /// Of the request that opened the socket; those of the first message may stand in their place.
    pub(super) credentials: Credentials,
    pub(super) client: Option<IpAddr>,
    pub(super) request_id: Arc<str>,
    /// Whether the client speaks our protocol.
    pub(super) speaks: bool,
}

/// How a socket ends: with a code, or because the other side is gone.
type Flow = ControlFlow<Option<Close>>;

const GONE: Flow = ControlFlow::Break(None);
const ON: Flow = ControlFlow::Continue(());

fn close(close: Close) -> Flow {
    ControlFlow::Break(Some(close))
}

impl Conversation {
    /// Speaks until one side ends it.
    pub(super) async fn run(self, stream: WebSocketStream<Upgraded>) {
        let request_id = self.request_id.clone();
        let mut speaker = Speaker {
            operations: Operations::new(self.service.clone()),
            looks: looks(&self.limits),
            deadline: Instant::now() + Duration::from_secs(self.limits.init_seconds),
            was_heard: true,
            place: None,
            stream,
            conversation: self,
        };
        let ended = speaker.speak().await;
        let code = ended.as_ref().map(|close| close.code);
        tracing::info!(request_id = &*request_id, code, "a socket ended");
        drop(speaker.operations);
        if let Some(close) = ended {
            say_goodbye(speaker.stream, close).await;
        }
    }
}

fn looks(limits: &Limits) -> Interval {
    let period = Duration::from_secs(limits.look_seconds.max(1));
    let mut looks = tokio::time::interval_at(Instant::now() + period, period);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

async fn say_goodbye(mut stream: WebSocketStream<Upgraded>, close: Close) {
    let goodbye = async {
        if stream.close(Some(close.into())).await.is_ok() {
            // Hung up on before it has read, a client would see no code.
            while let Some(Ok(_)) = stream.next().await {}
        }
    };
    let _ = tokio::time::timeout(GOODBYE, goodbye).await;
}

struct Speaker {
    conversation: Conversation,
    stream: WebSocketStream<Upgraded>,
    operations: Operations,
    looks: Interval,
    /// When to close unless something happens: first for want of an introduction, then when the token ends.
    deadline: Instant,
    /// Whether anything came since the last look.
    was_heard: bool,
    /// Taken when the client has said who it is.
    place: Option<Place>,
}

impl Speaker {
    async fn speak(&mut self) -> Option<Close> {
        if !self.conversation.speaks {
            return Some(Close::PROTOCOL);
        }
        loop {
            let stop = self.conversation.stop.clone();
            let flow = tokio::select! {
                () = stop.cancelled() => close(Close::GOING_AWAY),
                () = tokio::time::sleep_until(self.deadline) => close(match self.place {
                    Some(_) => Close::TOKEN_EXPIRED,
                    None => Close::INIT_TIMEOUT,
                }),
                message = self.stream.next() => self.heard(message).await,
                news = self.operations.news() => self.tell(news).await,
                _ = self.looks.tick() => self.look().await,
            };
            if let ControlFlow::Break(ended) = flow {
                return ended;
            }
        }
    }

    async fn heard(&mut self, message: Option<Result<Message, Error>>) -> Flow {
        self.was_heard = true;
        match message {
            Some(Ok(Message::Text(text))) => match message::read(text.as_str()) {
                Ok(said) => self.understood(said).await,
                Err(refused) => close(refused),
            },
            Some(Ok(Message::Binary(_))) => close(Close::bad_message("Invalid message received")),
            // Pings of the transport are answered by the library.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => ON,
            Some(Err(Error::Capacity(_))) => close(Close::TOO_BIG),
            Some(Err(Error::Utf8(_))) => close(Close::bad_message("Invalid message received")),
            Some(Ok(Message::Close(_)) | Err(_)) | None => GONE,
        }
    }

    async fn understood(&mut self, said: Said) -> Flow {
        match said {
            Said::Init(introduction) => self.init(introduction).await,
            Said::Ping => self.write(message::PONG.to_owned()).await,
            Said::Pong => ON,
            Said::Subscribe { id, parameters } => self.subscribe(id, *parameters).await,
            Said::Complete(id) => {
                self.operations.end(&id);
                ON
            }
        }
    }

    async fn init(&mut self, introduction: Introduction) -> Flow {
        if self.place.is_some() {
            return close(Close::TOO_MANY_INITS);
        }
        let credentials = &mut self.conversation.credentials;
        for (given, place) in [
            (introduction.authorization, &mut credentials.authorization),
            (introduction.account, &mut credentials.account),
        ] {
            match (given, &place) {
                // Which of two counts would be a guess.
                (Some(given), Some(header)) if given != **header => {
                    return close(Close::bad_message("Credentials differ in header and payload"));
                }
                (Some(given), _) => *place = Some(given),
                (None, _) => {}
            }
        }
        let guest = match self
            .conversation
            .service
            .welcome(&self.conversation.credentials)
            .await
        {
            Ok(guest) => guest,
            Err(error::Error::Refused(_)) => return close(Close::FORBIDDEN),
            Err(error @ error::Error::Fault(_)) => {
                tracing::error!(request_id = &*self.conversation.request_id, %error, "a socket met a fault");
                return close(Close::TRY_LATER);
            }
        };
        let Some(place) = self.conversation.crowd.enter(guest.who, Held::Socket) else {
            return close(Close::TRY_LATER);
        };
        self.place = Some(place);
        self.deadline = Instant::now() + guest.lasts.unwrap_or(NEVER).min(NEVER);
        self.write(message::ACK.to_owned()).await
    }

    async fn subscribe(&mut self, id: String, mut parameters: Parameters) -> Flow {
        let Some(place) = &self.place else {
            return close(Close::UNAUTHORIZED);
        };
        if self.operations.has(&id) {
            return close(Close::already_exists(&id));
        }
        let request_id = respond::new_request_id();
        let most = self.conversation.limits.operations;
        let room = (self.operations.count() < most)
            .then(|| self.conversation.crowd.enter(place.who(), Held::Operation))
            .flatten();
        let Some(room) = room else {
            let message = format!(
                "there are as many operations under way as you may have, {most} on one socket; complete one first"
            );
            let refused = Answer::refused_for(GraphqlError::new(Code::LimitReached, message), &request_id);
            return self.write(message::of_answer(&id, &refused)).await;
        };
        tracing::debug!(
            socket = &*self.conversation.request_id,
            request_id = &*request_id,
            "an operation begins"
        );
        let extensions = parameters.extensions();
        let document_id = parameters.document_id(extensions.as_ref());
        let request = Request {
            document_id: document_id.filter(|_| parameters.query.is_none()),
            query: parameters.query.unwrap_or_default(),
            operation_name: parameters.operation_name,
            variables: parameters.variables.unwrap_or_default(),
            extensions,
            credentials: self.conversation.credentials.clone(),
            queries_only: false,
            client: self.conversation.client,
            request_id,
        };
        self.operations.begin(id, request, room);
        ON
    }

    async fn tell(&mut self, News { number, what }: News) -> Flow {
        if matches!(what, What::Ended(Ending::Expelled)) {
            return close(Close::FORBIDDEN);
        }
        // What was completed by the client is not spoken of any more.
        let Some(id) = self.operations.id_of(number) else {
            return ON;
        };
        match what {
            What::Answer(answer) => {
                if answer.outcome != Outcome::Executed {
                    self.operations.forget(&id);
                }
                self.write(message::of_answer(&id, &answer)).await
            }
            What::Ended(_) => {
                self.operations.forget(&id);
                self.write(message::complete(&id)).await
            }
        }
    }

    /// Whether the other side is still there, and still somebody.
    async fn look(&mut self) -> Flow {
        if !self.was_heard {
            return GONE;
        }
        self.was_heard = false;
        if self.place.is_some() {
            let welcome = self.conversation.service.welcome(&self.conversation.credentials);
            // A fault may pass; until then nothing is read either.
            if let Err(error::Error::Refused(_)) = welcome.await {
                return close(Close::FORBIDDEN);
            }
        }
        self.send(Message::Ping(Default::default())).await
    }

    async fn write(&mut self, text: String) -> Flow {
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Flow {
        match tokio::time::timeout(WRITE, self.stream.send(message)).await {
            Ok(Ok(())) => ON,
            Ok(Err(_)) | Err(_) => GONE,
        }
    }
}
