//! The numbers of the first page.

use browser_tests::{Setup, button, eventually, heading, link, play};

#[test]
fn the_numbers_agree_with_the_upstream() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let todos = stage.demo.todos();
        let done = todos.iter().filter(|todo| todo.completed).count();
        let percent = (done * 200 + todos.len()) / (todos.len() * 2);
        let mut people: Vec<_> = todos.iter().map(|todo| todo.user_id).collect();
        people.sort_unstable();
        people.dedup();
        page.open("/").await;
        page.is_on("Overview").await;
        page.reads(&format!("{percent}% of all todos are done")).await;
        for (name, number) in
            [("Todos", todos.len()), ("Done", done), ("Open", todos.len() - done), ("People", people.len())]
        {
            page.reads(&format!("{name} {number}")).await;
        }
        for todo in stage.demo.newest(5) {
            page.sees(&link(&todo.todo)).await;
        }
    });
}

#[test]
fn everybody_has_a_row_with_their_own_numbers() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        let (todos, users) = (stage.demo.todos(), stage.demo.users());
        page.open("/").await;
        let people = todos.iter().map(|todo| todo.user_id).collect::<std::collections::BTreeSet<_>>();
        page.click(&button(&format!("Show all {} people", people.len()))).await;
        page.sees(&button("Show fewer")).await;
        let mut expected: Vec<String> = Vec::new();
        for id in people {
            let user = users.iter().find(|user| user.id == id).unwrap();
            let theirs = todos.iter().filter(|todo| todo.user_id == id);
            let done = theirs.clone().filter(|todo| todo.completed).count();
            expected.push(format!("{} {done} {}", user.full_name(), theirs.count() - done));
        }
        expected.sort();
        let script = "return [...document.querySelectorAll('main tbody tr')].map((row) => \
            [row.querySelector('th a').lastChild.textContent, ...[...row.querySelectorAll('td')].map((cell) => cell.innerText)]\
            .join(' ').replace(/\\s+/g, ' ').trim()).sort()";
        eventually("the rows", async || {
            let rows = page.evaluate(script, Vec::new()).await;
            if rows == serde_json::json!(expected) {
                Ok(())
            } else {
                Err(format!("they are {rows}, not {expected:?}"))
            }
        })
        .await;
    });
}

#[test]
fn a_persons_row_leads_to_their_todos() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.click(&button("Show all 30 people")).await;
        page.click(&link("Ada Okafor")).await;
        page.is_at("/todos?person=1").await;
        let theirs = stage.demo.todos().into_iter().filter(|todo| todo.user_id == 1).count();
        page.sees(&heading(&format!("{theirs} matches"))).await;
    });
}

#[test]
fn overview_sends_at_most_two_requests_and_the_list_after_it_none() {
    play(Setup::default(), async |stage| {
        let page = &stage.page;
        page.open("/").await;
        page.sees(&button("Show all 30 people")).await;
        page.reads("of all todos are done").await;
        let asked = api_requests(&page.requested().await);
        assert!((1..=2).contains(&asked.len()), "{asked:?}");
        page.click(&link("All todos")).await;
        page.sees(&heading("1–12 of 254 todos")).await;
        assert_eq!(api_requests(&page.requested().await), asked);
    });
}

fn api_requests(all: &[String]) -> Vec<String> {
    all.iter().filter(|address| address.contains("/api/")).cloned().collect()
}
