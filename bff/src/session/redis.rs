//! Sessions in Redis, for all replicas together.
//!
//! A session is one hash, `bff:session:{name}`, that only our keys open (`record`). Its lease, and the trace of the
//! last holder, are keys beside it. They share its hash tag, so that one script of a cluster may see them all. Each
//! change of a session is one script. Every key expires by itself. A session expires when it would have ended unused,
//! everything else as documented at its place.
//!
//! The sessions of a person, or of a provider's session, are listed in a sorted set (`lists`). In a cluster that set
//! lives elsewhere. The list is only a hint: every name on it is looked up, and missing sessions are taken off. A
//! session is listed after it is stored and before its cookie goes out, so that no usable session is missing.
//!
//! Times of sessions come from the clock of the replica that wrote them. The replica that reads them
//! compares them with its own clock. Clocks that differ by seconds make sessions end seconds earlier or later. Redis
//! alone measures the times of leases and of seen ids.

mod lists;
mod names;
mod record;
mod scripts;
mod unreadable;
mod waiting;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::future::join_all;
use ring::digest::{SHA256, digest};

use self::{
    names::{lease_key, length, session_key, trace_key},
    record::{Fields, Records},
    unreadable::Unreadable,
    waiting::Waiting,
};
use super::store::{Holder, Lifetimes, Owner, RefreshLease, Session, SessionStore, Stored, Swap};
use crate::{
    keys::{Seal, SessionKeys, StoreKey, seal::SealError},
    redis::{
        Link, LinkError, StoreError, StoreFuture,
        link::Repeat,
        script::Arg::{Bytes, Number},
    },
    session::{
        endings::Endings,
        store::{Listed, NewTokens, Removed, Term},
    },
};
use http_message::unix_time::millis;
use telemetry::security::SessionEnd;

/// Time after a lease's end for which its trace shows that it was not given back.
const TRACE: Duration = Duration::from_secs(60);

/// The record under a session's name.
enum StoredRecord {
    Living(Stored),
    /// A record that none of our keys opens. Another replica's keys may.
    Unreadable,
    Nothing,
}

/// Sessions behind a [`Link`].
pub struct RedisSessions {
    link: Link,
    records: Records,
    lifetimes: Lifetimes,
    waiting: Waiting,
    unreadable: Unreadable,
    endings: Endings,
}

impl RedisSessions {
    /// Builds a store whose sessions are sealed with `keys`.
    #[must_use]
    pub fn new(link: Link, keys: &SessionKeys, lifetimes: Lifetimes) -> Self {
        Self {
            waiting: Waiting::new(link.clone()),
            link,
            records: Records::new(Seal::new(keys)),
            lifetimes,
            unreadable: Unreadable::default(),
            endings: Endings::default(),
        }
    }

    /// Tells `endings` of the ends that requests notice.
    #[must_use]
    pub fn telling(self, endings: Endings) -> Self {
        Self { endings, ..self }
    }

    /// The session under `key` in its `fields`. An unreadable record is no session.
    fn read(&self, key: &StoreKey, fields: &Fields) -> Option<Stored> {
        let stored = self.records.open(key, fields);
        if stored.is_none() && fields.is_there() {
            self.unreadable.note();
        }
        stored
    }

    async fn look_up(&self, key: &StoreKey, now: SystemTime) -> Result<StoredRecord, StoreError> {
        let mut command = redis::cmd("HMGET");
        command.arg(session_key(key)).arg(record::FIELDS);
        let fields: Fields = self.link.send(&command, Repeat::Once).await?;
        let Some(stored) = self.read(key, &fields) else {
            return Ok(if fields.is_there() { StoredRecord::Unreadable } else { StoredRecord::Nothing });
        };
        if self.lifetimes.end_of(&stored.session) > now {
            return Ok(StoredRecord::Living(stored));
        }
        // Redis expires the session at this moment or the next. Taking it out here lets the log report it.
        if let Some(session) = self.take_out(key, None, Some(now)).await? {
            self.endings.tell(&session, SessionEnd::Expired);
        }
        Ok(StoredRecord::Nothing)
    }

    /// Takes a session out. Where `version` or `ended` is given, the session must have that version, or have ended at
    /// that moment.
    async fn take_out(
        &self,
        key: &StoreKey,
        version: Option<u64>,
        ended: Option<SystemTime>,
    ) -> Result<Option<Arc<Session>>, StoreError> {
        let optional = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let (version, ended) = (optional(version), optional(ended.map(millis)));
        let keys = [session_key(key), lease_key(key)];
        let fields: Fields = self
            .link
            .run(
                &scripts::TAKE_OUT,
                &[&keys[0], &keys[1]],
                &[
                    version.as_str().into(),
                    ended.as_str().into(),
                    Number(length(self.lifetimes.idle)),
                    Number(length(self.lifetimes.max)),
                ],
                Repeat::Once,
            )
            .await?;
        let Some(Stored { session, .. }) = self.read(key, &fields) else { return Ok(None) };
        for owner in Owner::all_of(&session) {
            // A name that stays on a list is taken off when the list is next read.
            let _ = self.strike_off(&owner, std::slice::from_ref(key)).await;
        }
        Ok(Some(session))
    }
}

impl SessionStore for RedisSessions {
    fn create(&self, key: StoreKey, session: Session) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let (person, tokens) = self.records.seal_session(&key, &session)?;
            let life = self.lifetimes.end_of(&session).duration_since(session.created).unwrap_or_default();
            let name = session_key(&key);
            let args = [
                Number(millis(session.created)),
                Number(millis(session.last_used)),
                Bytes(&person),
                Bytes(&tokens),
                Number(length(life)),
            ];
            let _: u64 = self.link.run(&scripts::CREATE, &[&name], &args, Repeat::Once).await?;
            if let Err(err) = self.enlist(&key, &session).await {
                // No browser has the session's cookie: a leftover ends unused.
                let _ = self.take_out(&key, None, None).await;
                return Err(err);
            }
            Ok(())
        })
    }

    fn get<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, Option<Stored>> {
        Box::pin(async move {
            Ok(match self.look_up(key, now).await? {
                StoredRecord::Living(stored) => Some(stored),
                StoredRecord::Unreadable | StoredRecord::Nothing => None,
            })
        })
    }

    fn touch<'a>(&'a self, key: &'a StoreKey, now: SystemTime) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let name = session_key(key);
            let args = [
                Number(millis(now)),
                Number(length(self.lifetimes.idle)),
                Number(length(self.lifetimes.max)),
            ];
            let _: u64 = self.link.run(&scripts::TOUCH, &[&name], &args, Repeat::Once).await?;
            Ok(())
        })
    }

    fn swap_tokens<'a>(
        &'a self,
        key: &'a StoreKey,
        new: NewTokens,
        now: SystemTime,
    ) -> StoreFuture<'a, Swap> {
        let NewTokens { version, tokens, claims } = new;
        Box::pin(async move {
            let next = version + 1;
            let sealed = self.records.seal_tokens(key, next, &tokens, claims.as_deref())?;
            let name = session_key(key);
            let args = [
                Number(version),
                Number(next),
                Bytes(&sealed),
                Number(millis(now)),
                Number(length(self.lifetimes.idle)),
                Number(length(self.lifetimes.max)),
            ];
            let (outcome, fields): (String, Fields) =
                self.link.run(&scripts::SWAP, &[&name], &args, Repeat::Once).await?;
            Ok(match (outcome.as_str(), self.read(key, &fields)) {
                ("done", Some(stored)) => Swap::Done(stored),
                ("lost", Some(stored)) => Swap::Lost(stored),
                _ => Swap::Gone,
            })
        })
    }

    fn delete<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Removed> {
        Box::pin(self.take_out(key, None, None))
    }

    fn delete_version<'a>(&'a self, key: &'a StoreKey, version: u64) -> StoreFuture<'a, Removed> {
        Box::pin(self.take_out(key, Some(version), None))
    }

    fn list<'a>(&'a self, owner: &'a Owner, now: SystemTime) -> StoreFuture<'a, Listed> {
        Box::pin(async move {
            let keys = self.listed(owner).await?;
            let found = join_all(keys.iter().map(|key| self.look_up(key, now))).await;
            let (mut living, mut gone) = (Vec::new(), Vec::new());
            for (key, found) in keys.into_iter().zip(found) {
                match found? {
                    // The list is not sealed, but the session is, and it names its owner.
                    StoredRecord::Living(stored)
                        if Owner::all_of(&stored.session).any(|one| one == *owner) =>
                    {
                        living.push((key, stored.session));
                    }
                    StoredRecord::Unreadable => {}
                    StoredRecord::Living(_) | StoredRecord::Nothing => gone.push(key),
                }
            }
            if !gone.is_empty() {
                // A list with a few names too many costs a few look-ups.
                let _ = self.strike_off(owner, &gone).await;
            }
            Ok(living)
        })
    }

    fn lease<'a>(&'a self, key: &'a StoreKey, holder: Holder, term: Term) -> StoreFuture<'a, RefreshLease> {
        Box::pin(async move {
            let (name, trace, holder) = (lease_key(key), trace_key(key), holder.to_string());
            let life = length(term.length()).max(1);
            let args = [holder.as_str().into(), Number(life), Number(life.saturating_add(length(TRACE)))];
            // A repeated command would no longer report that the lease was inherited.
            let has_it: String =
                self.link.run(&scripts::LEASE, &[&name, &trace], &args, Repeat::Never).await?;
            Ok(match has_it.as_str() {
                scripts::COOLING => RefreshLease::Cooling,
                scripts::INHERITED => RefreshLease::Inherited,
                by if by == holder => RefreshLease::Yours,
                _ => RefreshLease::Held(self.waiting.until_over(name, has_it)),
            })
        })
    }

    fn release<'a>(
        &'a self,
        key: &'a StoreKey,
        holder: Holder,
        cool_until: Option<SystemTime>,
    ) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let (name, trace, holder) = (lease_key(key), trace_key(key), holder.to_string());
            let left = cool_until.map(|until| until.duration_since(SystemTime::now()).unwrap_or_default());
            let args = [holder.as_str().into(), Number(left.map_or(0, length))];
            let _: u64 = self.link.run(&scripts::RELEASE, &[&name, &trace], &args, Repeat::Once).await?;
            Ok(())
        })
    }

    fn is_first<'a>(&'a self, id: &'a str, term: Term) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            // The id is no secret, and its name must be the same for all replicas, whatever their keys.
            let name = digest(&SHA256, id.as_bytes());
            let name =
                name.as_ref().iter().fold("bff:seen:".to_owned(), |name, byte| format!("{name}{byte:02x}"));
            let life = length(term.length()).max(1);
            let mut command = redis::cmd("SET");
            command.arg(name).arg(1).arg("NX").arg("PX").arg(life);
            let set: Option<String> = self.link.send(&command, Repeat::Never).await?;
            Ok(set.is_some())
        })
    }
}

impl From<LinkError> for StoreError {
    fn from(err: LinkError) -> Self {
        match err {
            LinkError::Full => Self::Full,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<SealError> for StoreError {
    fn from(err: SealError) -> Self {
        Self::Unavailable(err.to_string())
    }
}
