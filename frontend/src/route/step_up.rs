//! The way to a fresher or a stronger sign-in, and back to the same place.

use shared::{
    Problem,
    session::{ACR_VALUES, LOGIN_PATH, MAX_AGE, RETURN_URL},
};

use super::query::Query;

/// The label of what leads there.
pub(crate) const CONFIRM: &str = "Confirm it is you";

/// The address of the sign-in that `problem` asks for, which leads back to `return_url`.
pub(crate) fn step_up_address(problem: &Problem, return_url: &str) -> String {
    let mut query = Query::parse("");
    if let Some(acr) = &problem.acr_values {
        query.append(ACR_VALUES, &acr.join(" "));
    }
    if let Some(age) = problem.max_age {
        query.append(MAX_AGE, &age.to_string());
    }
    query.append(RETURN_URL, return_url);
    [LOGIN_PATH, "?", &query.encode()].concat()
}

#[cfg(test)]
mod tests {
    use shared::ProblemCode;

    use super::*;

    #[test]
    fn a_step_up_asks_for_what_the_problem_says_and_leads_back() {
        let mut problem = Problem::new(ProblemCode::StepUpRequired, 401, "", "");
        assert_eq!(step_up_address(&problem, "/"), "/bff/login?returnUrl=%2F");
        problem.acr_values = Some(vec!["urn:mfa".to_owned(), "b".to_owned()]);
        problem.max_age = Some(600);
        assert_eq!(
            step_up_address(&problem, "/todos?page=2"),
            "/bff/login?acr_values=urn%3Amfa+b&max_age=600&returnUrl=%2Ftodos%3Fpage%3D2"
        );
    }
}
