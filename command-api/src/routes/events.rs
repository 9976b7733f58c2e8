//! The event stream: changed rows as they come, of what one may see.

use std::convert::Infallible;

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt};
use streams::ids::Incarnation;
use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    auth::guard::{Caller, Platform},
    edge::flow::single,
    error::{ApiError, ApiResult, Code},
    read::{
        Position,
        feed::{News, Row, Upsert},
    },
    rights::AnyRead,
    state::AppState,
};

/// Messages that may wait for a slow browser.
const QUEUE: usize = 64;

/// Changed rows: `event: row`, data `{view, key, row}`, id `<incarnation>-<seq>`. `Last-Event-ID`
/// resumes with the rows newer than it.
#[utoipa::path(get, path = "/admin/v1/events",
    params(("last-event-id" = Option<String>, Header, description = "Resume after this.")),
    responses((status = 200, content_type = "text/event-stream", body = Row)))]
pub(crate) async fn stream(
    guard: Platform<AnyRead>,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let from = match headers.get("last-event-id") {
        None => None,
        Some(_) => {
            let text = single(&headers, "last-event-id").unwrap_or_default();
            let bad = |e: ApiError| ApiError::new(Code::InvalidHeader, e.problem().detail.clone());
            Some(Position::parse(text, "Last-Event-ID").map_err(bad)?)
        }
    };
    let permit =
        state.streams().clone().try_acquire_owned().map_err(|_| {
            ApiError::new(Code::Overloaded, "too many event streams are open already")
        })?;
    let (out, messages) = mpsc::channel(QUEUE);
    let (counted, heartbeat) = (state.metrics().stream(), state.settings().heartbeat);
    tokio::spawn(async move {
        let _held = (permit, counted);
        feed(&state, &guard.caller, from, &out).await;
    });
    let alive = KeepAlive::new().interval(heartbeat).text("beat");
    Ok(Sse::new(ReceiverStream::new(messages).map(Ok)).keep_alive(alive))
}

/// Sends until the browser has gone, the token or the session has ended, or the service stops.
async fn feed(
    state: &AppState,
    caller: &Caller,
    from: Option<Position>,
    out: &mpsc::Sender<Event>,
) {
    let mut news = state.models().feed.subscribe();
    let mut at = from.unwrap_or_else(|| state.models().jobs.position());
    if from.is_some() && catch_up(state, caller, &mut at, out).await.is_err() {
        return;
    }
    let hello = Event::default().id(at.to_string()).comment("open");
    if out.send(hello).await.is_err() {
        return;
    }
    let mut check = tokio::time::interval(state.settings().heartbeat);
    loop {
        let sent = tokio::select! {
            heard = news.recv() => match heard {
                Ok(News::Row(row)) => send(caller, &row, &mut at, out).await,
                Ok(News::Again) | Err(RecvError::Lagged(_)) => {
                    catch_up(state, caller, &mut at, out).await
                }
                Err(RecvError::Closed) => return,
            },
            _ = check.tick() => still_in(state, caller).await,
            () = out.closed() => return,
            () = state.stopping() => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// The token has not ended and the session holds.
async fn still_in(state: &AppState, caller: &Caller) -> Result<(), ()> {
    let ended = state.clock().now() >= caller.principal.expires_at;
    let asked = state.grants().of(&caller.principal, false, &caller.flow).await;
    let revoked = asked.is_err_and(|e| e.code() == Code::SessionRevoked);
    if ended || revoked { Err(()) } else { Ok(()) }
}

async fn catch_up(
    state: &AppState,
    caller: &Caller,
    at: &mut Position,
    out: &mpsc::Sender<Event>,
) -> Result<(), ()> {
    let life = state.models().jobs.life();
    // A position of another life of the log says nothing about this one: everything is newer.
    let known = at.incarnation == life || at.incarnation == Incarnation(0);
    let from = if known { *at } else { Position::default() };
    let mut rows = state.models().jobs.read(|jobs| jobs.newer_than(from)).unwrap_or_default();
    rows.extend(state.models().audit.read(|rows| rows.newer_than(from)).unwrap_or_default());
    rows.sort_by_key(|row| row.at.seq);
    for mut row in rows {
        row.at.incarnation = life;
        send(caller, &row, at, out).await?;
    }
    Ok(())
}

/// The id never falls: an older row after a newer one keeps the newer one's.
async fn send(
    caller: &Caller,
    row: &Upsert,
    at: &mut Position,
    out: &mpsc::Sender<Event>,
) -> Result<(), ()> {
    if !caller.rights.grants(row.right, row.tenant.as_ref()) {
        return Ok(());
    }
    *at = row.at.max(*at);
    let event = Event::default().event("row").id(at.to_string()).json_data(&row.row);
    let event = event.inspect_err(|error| tracing::error!(%error, "a row is no JSON"));
    out.send(event.map_err(|_| ())?).await.map_err(|_| ())
}
