//! Whether the network has to be there for a request.

/// Whether the network has to be there for a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NetworkMode {
    /// Nothing is sent without a network; what is wanted meanwhile is paused until it is back.
    #[default]
    Online,
    /// The network does not matter, as for what the device answers itself.
    Always,
    /// The first attempt is made in any case, for instance because a service worker may answer; the others need a network.
    OfflineFirst,
}

impl NetworkMode {
    /// Whether an attempt may be made; `first`: it is the first one.
    pub(crate) fn allows(self, online: bool, first: bool) -> bool {
        match self {
            Self::Online => online,
            Self::Always => true,
            Self::OfflineFirst => online || first,
        }
    }
}
