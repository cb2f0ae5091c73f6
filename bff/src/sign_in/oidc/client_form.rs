//! Forms for the provider's endpoints in the client's own name (RFC 6749 §2.3.1).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openidconnect::{
    AuthType, HttpRequest,
    http::{
        HeaderValue, Request,
        header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
    },
};
use url::form_urlencoded::{Serializer, byte_serialize};

use super::{OidcOptions, OidcProvider, ProviderError, Secret, auth_type, discovery::Known};

impl OidcProvider {
    /// A POST of `form` to `endpoint`, with the client's id and its proof.
    ///
    /// # Errors
    /// [`ProviderError::Refused`] where id or address cannot stand in a request.
    pub(super) fn client_form(
        &self,
        known: &Known,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Result<HttpRequest, ProviderError> {
        let OidcOptions { client_id, client_secret, .. } = &self.shared.config;
        let mut content = Serializer::new(String::new());
        content.extend_pairs(form);
        let mut request = Request::post(endpoint)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        match (client_secret, auth_type(known)) {
            (Some(secret), AuthType::BasicAuth) => {
                request = request.header(AUTHORIZATION, basic(client_id, secret)?);
            }
            (Some(secret), _) => {
                content.append_pair("client_id", client_id).append_pair("client_secret", secret.expose());
            }
            (None, _) => {
                content.append_pair("client_id", client_id);
            }
        }
        let content = content.finish().into_bytes();
        let unusable = |_| ProviderError::Refused("an endpoint of the provider cannot be called".to_owned());
        request.body(content).map_err(unusable)
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
