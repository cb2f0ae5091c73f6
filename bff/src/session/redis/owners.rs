//! Under which names the lists of a person's sessions, and of a provider's session, are kept. The names tell nobody who
//! that is.

use super::super::{
    seal::Seal,
    store::{Owner, Session},
};

/// On whose lists a session stands.
pub(super) fn of(session: &Session) -> impl Iterator<Item = Owner> {
    let user = Owner::User(session.user.id.clone());
    [Some(user), session.provider_session.clone().map(Owner::ProviderSession)].into_iter().flatten()
}

/// The lists of `owner`: one by each key, the first for what is new.
pub(super) fn lists(seal: &Seal, owner: &Owner) -> impl Iterator<Item = String> {
    let (kind, id): (&[u8], &str) = match owner {
        Owner::User(id) => (b"user", id),
        Owner::ProviderSession(id) => (b"provider session", id),
    };
    let names: Vec<_> = seal.names("owner", &[kind, id.as_bytes()]).collect();
    names.into_iter().map(|name| format!("bff:owner:{{{}}}", name.to_text()))
}
