//! Lists of the sessions of a person, and of a provider's session: sorted sets of their names, by their latest end.
//! The lists' names do not reveal the owners.

use super::{
    super::store::{Owner, PER_USER_MAX, Session},
    RedisSessions, millis, scripts,
};
use crate::{
    keys::{Seal, StoreKey},
    redis::{StoreError, link::Repeat, script::Arg::Number},
};
use telemetry::security::SessionEnd;

/// Most sessions that are listed of one provider's session. It is one person's, so that fewer of them live. Sessions
/// that ended unused stay on that list until it is read.
const PER_PROVIDER_SESSION_MAX: usize = 1000;

/// The names of the lists of `owner`: one by each key, the first for new entries.
fn names_of(seal: &Seal, owner: &Owner) -> Vec<String> {
    let (kind, id): (&[u8], &str) = match owner {
        Owner::User(id) => (b"user", id),
        Owner::ProviderSession(id) => (b"provider session", id),
    };
    let parts = [kind, id.as_bytes()];
    seal.names("owner", &parts).map(|name| format!("bff:owner:{{{}}}", name.to_text())).collect()
}

impl RedisSessions {
    /// Lists a stored session, and ends the owner's first sessions where there are too many.
    pub(super) async fn enlist(&self, key: &StoreKey, session: &Session) -> Result<(), StoreError> {
        for owner in Owner::all_of(session) {
            let Some(list) = names_of(self.records.seal(), &owner).into_iter().next() else { continue };
            let most = match owner {
                Owner::User(_) => PER_USER_MAX,
                Owner::ProviderSession(_) => PER_PROVIDER_SESSION_MAX,
            };
            let member = key.to_text();
            let surplus: Vec<String> = self
                .link
                .run(
                    &scripts::ENLIST,
                    &[&list],
                    &[
                        member.as_str().into(),
                        Number(millis(session.created + self.lifetimes.max)),
                        Number(millis(session.created)),
                        Number(u64::try_from(most).unwrap_or(u64::MAX)),
                    ],
                    Repeat::Once,
                )
                .await?;
            let surplus: Vec<StoreKey> =
                surplus.iter().filter_map(|member| StoreKey::from_text(member)).collect();
            for key in &surplus {
                if let Some(session) = self.take_out(key, None, None).await? {
                    self.endings.tell(&session, SessionEnd::Replaced);
                }
            }
            if !surplus.is_empty() {
                self.strike_off(&owner, &surplus).await?;
            }
        }
        Ok(())
    }

    /// Takes sessions off the list of `owner`.
    pub(super) async fn strike_off(&self, owner: &Owner, keys: &[StoreKey]) -> Result<(), StoreError> {
        for list in names_of(self.records.seal(), owner) {
            let mut command = redis::cmd("ZREM");
            command.arg(list);
            for key in keys {
                command.arg(key.to_text());
            }
            let _: u64 = self.link.send(&command, Repeat::Once).await?;
        }
        Ok(())
    }

    /// The sessions on the list of `owner`, alive or not.
    pub(super) async fn listed(&self, owner: &Owner) -> Result<Vec<StoreKey>, StoreError> {
        let mut keys = Vec::new();
        for list in names_of(self.records.seal(), owner) {
            let mut command = redis::cmd("ZRANGE");
            command.arg(list).arg(0).arg(-1);
            let members: Vec<String> = self.link.send(&command, Repeat::Once).await?;
            keys.extend(members.iter().filter_map(|member| StoreKey::from_text(member)));
        }
        Ok(keys)
    }
}
