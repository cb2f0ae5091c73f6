//! Revokes refresh tokens at the provider (RFC 7009). The crate's own request is not used: it takes no endpoint of plain
//! http, which a provider on loopback has.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openidconnect::{
    AuthType,
    http::{
        HeaderValue, Request, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{OidcOptions, OidcProvider, ProviderError, Secret, auth_type};
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
        let OidcOptions { client_id, client_secret, .. } = &self.shared.config;
        let mut form = Serializer::new(String::new());
        form.append_pair("token", refresh.expose()).append_pair("token_type_hint", "refresh_token");
        let mut request =
            Request::post(endpoint.as_str()).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        match (client_secret, auth_type(&known)) {
            (Some(secret), AuthType::BasicAuth) => {
                request = request.header(AUTHORIZATION, basic(client_id, secret)?);
            }
            (Some(secret), _) => {
                form.append_pair("client_id", client_id).append_pair("client_secret", secret.expose());
            }
            (None, _) => {
                form.append_pair("client_id", client_id);
            }
        }
        let request = request
            .body(form.finish().into_bytes())
            .map_err(|_| ProviderError::Refused("the revocation endpoint cannot be called".to_owned()))?;
        match self.http.send(request).await?.status() {
            status if status.is_success() => Ok(Revoked::Done),
            StatusCode::REQUEST_TIMEOUT => {
                Err(ProviderError::Unusable("the revocation endpoint did not wait".to_owned()))
            }
            status => Err(ProviderError::Refused(format!("the revocation endpoint answered {status}"))),
        }
    }
}

/// Id and secret of the client, encoded before they are joined (RFC 6749 §2.3.1).
fn basic(client_id: &str, secret: &Secret) -> Result<HeaderValue, ProviderError> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret.expose())));
    let mut value = HeaderValue::from_str(&format!("Basic {pair}"))
        .map_err(|_| ProviderError::Refused("the client's secret cannot stand in a field".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}
