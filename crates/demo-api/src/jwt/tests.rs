use super::*;

const SECRET: &[u8] = b"a secret of the test";

fn profile() -> Profile {
    Profile {
        id: 7,
        username: "noor".to_owned(),
        email: "noor@example.org".to_owned(),
        first_name: "Noor".to_owned(),
        last_name: "Haddad".to_owned(),
        gender: "female".to_owned(),
        image: String::new(),
    }
}

#[test]
fn a_token_is_good_until_the_second_it_expires() {
    let token = sign(SECRET, &profile(), 1000, 60).unwrap();
    assert_eq!(verify(SECRET, &token, 1059), Ok(profile()));
    assert_eq!(verify(SECRET, &token, 1060), Err(TokenError::Expired));
}

#[test]
fn a_token_of_another_secret_is_not_believed() {
    let token = sign(b"another", &profile(), 1000, 60).unwrap();
    assert_eq!(verify(SECRET, &token, 1000), Err(TokenError::Signature));
}

#[test]
fn a_changed_payload_is_not_believed() {
    let token = sign(SECRET, &profile(), 1000, 60).unwrap();
    let admin = sign(b"another", &Profile { id: 1, ..profile() }, 1000, 60).unwrap();
    let (_, signature) = token.rsplit_once('.').unwrap();
    let (forged, _) = admin.rsplit_once('.').unwrap();
    assert_eq!(verify(SECRET, &format!("{forged}.{signature}"), 1000), Err(TokenError::Signature));
}

#[test]
fn a_token_cannot_choose_to_be_unsigned() {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
    let token = sign(SECRET, &profile(), 1000, 60).unwrap();
    let payload = token.split('.').nth(1).unwrap();
    assert_eq!(verify(SECRET, &format!("{header}.{payload}."), 1000), Err(TokenError::Signature));
}

#[test]
fn what_has_not_the_form_of_a_token_is_malformed() {
    for token in ["", "x", "a.b", "a.b.c", "a.b.c.d", "...", "é.é.é"] {
        assert_eq!(verify(SECRET, token, 1000), Err(TokenError::Malformed), "{token}");
    }
}

#[test]
fn a_token_behind_something_else_is_unreadable() {
    let token = sign(SECRET, &profile(), 1000, 60).unwrap();
    assert_eq!(verify(SECRET, &format!("bearer {token}"), 1000), Err(TokenError::Unreadable));
}
