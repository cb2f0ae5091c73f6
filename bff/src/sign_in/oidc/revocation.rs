//! Revokes refresh tokens at the provider (RFC 7009). The crate's own request is not used: it takes no endpoint of plain
//! http, which a provider on loopback has.

use openidconnect::http::StatusCode;

use super::{OidcProvider, ProviderError, Secret};
use crate::sign_in::Revoked;

impl OidcProvider {
    /// Revokes a refresh token. A token that the provider does not know any more is revoked as well (§2.2).
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where another try would be refused as well.
    pub async fn revoke(&self, refresh: &Secret) -> Result<Revoked, ProviderError> {
        let known = self.known().await?;
        let Some(endpoint) = &known.document.additional_metadata().revocation_endpoint else {
            return Ok(Revoked::Unsupported);
        };
        let form = [("token", refresh.expose()), ("token_type_hint", "refresh_token")];
        let request = self.client_form(&known, endpoint.as_str(), &form)?;
        match self.http.send(request).await?.status() {
            status if status.is_success() => Ok(Revoked::Done),
            StatusCode::REQUEST_TIMEOUT => {
                Err(ProviderError::Unusable("the revocation endpoint did not wait".to_owned()))
            }
            status => Err(ProviderError::Refused(format!("the revocation endpoint answered {status}"))),
        }
    }
}
