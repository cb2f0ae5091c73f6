//! Settings of the upstream's own sign-in: the form of its requests, and the names of its fields.

use super::{reader::Reader, setting};
use crate::sign_in::credentials::{FieldPath, LoginForm, LoginFormat, LoginNames};

const EXPECTED: &str = "expected FIELD=NAME by comma, such as username=email,access=data.token; \
                        fields are username, password, refresh-as, access, refresh and expires-in";

pub(super) fn form(reader: &mut Reader<'_>) -> LoginForm {
    if reader.text(&setting::OIDC_ISSUER).is_some() {
        for setting in [&setting::LOGIN_FORMAT, &setting::LOGIN_FIELDS, &setting::LOGOUT_PATH] {
            if reader.is_given(setting) {
                let given = reader.text(setting).unwrap_or_default();
                reader.warn(setting, &given, "has no effect with BFF_OIDC_ISSUER: people sign in there");
            }
        }
    }
    LoginForm {
        format: reader.required(&setting::LOGIN_FORMAT, LoginFormat::Json, |given| match given {
            "json" => Ok(LoginFormat::Json),
            "form" => Ok(LoginFormat::Form),
            _ => Err("is neither json nor form".into()),
        }),
        names: reader.optional(&setting::LOGIN_FIELDS, names).unwrap_or_default(),
    }
}

fn names(given: &str) -> Result<LoginNames, String> {
    let mut names = LoginNames::default();
    let mut seen = Vec::new();
    for pair in given.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (field, name) =
            pair.split_once('=').ok_or_else(|| format!("has {pair:?} without a name; {EXPECTED}"))?;
        let (field, name) = (field.trim(), name.trim());
        let path = FieldPath::parse(name);
        let path =
            path.ok_or_else(|| format!("has {name:?}, which is no name, or names by dots; {EXPECTED}"))?;
        if seen.contains(&field) {
            return Err(format!("names {field} twice; {EXPECTED}"));
        }
        seen.push(field);
        match field {
            "username" => names.username = path,
            "password" => names.password = path,
            "refresh-as" => names.refresh_as = Some(path),
            "access" => names.access = Some(path),
            "refresh" => names.refresh = Some(path),
            "expires-in" => names.expires_in = Some(path),
            _ => return Err(format!("has the field {field:?}, which there is not; {EXPECTED}")),
        }
    }
    if seen.is_empty() {
        return Err(format!("names no field; {EXPECTED}"));
    }
    if names.username == names.password {
        return Err(format!("has one name for username and password; {EXPECTED}"));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_sign_in_are_read_field_by_field() {
        let path = |text| FieldPath::parse(text).unwrap();
        let given =
            "username=user.email, password=pass,access=data.token,refresh=data.renew,refresh-as=token,";
        let expected = LoginNames {
            username: path("user.email"),
            password: path("pass"),
            access: Some(path("data.token")),
            refresh: Some(path("data.renew")),
            refresh_as: Some(path("token")),
            expires_in: None,
        };
        assert_eq!(names(given), Ok(expected));
    }

    #[test]
    fn names_that_mean_nothing_are_refused_with_what_is_allowed() {
        for (given, says) in [
            ("email", "\"email\" without a name"),
            ("user=email", "the field \"user\", which there is not"),
            ("access=", "\"\", which is no name"),
            ("access=data..token", "which is no name"),
            ("access=$.data[0]", "which is no name"),
            ("access=a.b.c.d.e.f.g.h.i", "which is no name"),
            ("access=a,access=b", "names access twice"),
            ("username=x,password=x", "one name for username and password"),
            (",", "names no field"),
        ] {
            let problem = names(given).unwrap_err();
            assert!(problem.contains(says) && problem.contains("fields are username"), "{given}: {problem}");
        }
    }
}
