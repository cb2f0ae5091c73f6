//! Names for user ids, also while the users are not known.

use shared::{User, UserId};
use yew::AttrValue;

/// The people todos can belong to, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct People {
    by_name: Vec<(UserId, AttrValue)>,
}

impl People {
    /// A directory of `users`.
    pub(crate) fn new(users: &[User]) -> Self {
        // Insertion keeps the generic sort, some kB of code, out of the app. There are some dozen people.
        let mut by_name: Vec<(UserId, AttrValue)> = Vec::with_capacity(users.len());
        for user in users {
            let name = AttrValue::from(user.full_name());
            let place = by_name.partition_point(|(_, other)| other.as_str() <= name.as_str());
            by_name.insert(place, (user.id, name));
        }
        Self { by_name }
    }

    /// The name, or `Person 7` for an unknown person.
    pub(crate) fn name(&self, id: UserId) -> AttrValue {
        match self.by_name.iter().find(|person| person.0 == id) {
            Some((_, name)) => name.clone(),
            None => AttrValue::from("Person ".to_owned() + &id.to_string()),
        }
    }

    /// The person's place among all; who is not known comes last.
    pub(crate) fn place(&self, id: UserId) -> usize {
        self.by_name.iter().position(|person| person.0 == id).unwrap_or(usize::MAX)
    }

    /// All people, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(UserId, AttrValue)> {
        self.by_name.iter()
    }
}

/// The first letters of the first and the last word of a name.
pub(crate) fn initials(name: &str) -> String {
    let (mut first, mut last, mut before) = (None, None, ' ');
    for letter in name.chars() {
        if before.is_whitespace() && !letter.is_whitespace() {
            let place = if first.is_none() { &mut first } else { &mut last };
            *place = Some(letter);
        }
        before = letter;
    }
    first.into_iter().chain(last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: UserId, first: &str, last: &str) -> User {
        User { id, first_name: first.into(), last_name: last.into(), username: String::new() }
    }

    #[test]
    fn people_are_listed_by_name() {
        let people = People::new(&[user(1, "Zoe", "Adler"), user(2, "Ada", "Zander")]);
        assert_eq!(people.iter().map(|person| person.0).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(people.name(1), "Zoe Adler");
    }

    #[test]
    fn somebody_unknown_still_has_a_name() {
        assert_eq!(People::default().name(7), "Person 7");
    }

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ana Maria Ruiz"), "AR");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
